// @ts-check
// The learner's own function, which only Python can call.

/** @import { Model } from "./figure.js" */

/** @typedef {{ values?: any, error?: string, silent?: boolean }} Reply values, an error, or silence: no kernel answers */

export class Kernel {
  /** @param {Model} model @param {() => string} view which figure asks: two may show one model */
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.count = 0;
    this.stop = () => {};
  }
  /**
   * Call the function. `onReply` gets its reply; after `timeout` it is told of the silence (a page without a kernel,
   * or one that is busy), and gets the reply all the same if it comes later.
   * @param {Record<string, unknown>} request
   * @param {(reply: Reply) => void} onReply
   */
  call(request, onReply, timeout = 4000) {
    this.count += 1;
    const id = this.count;
    const view = this.view();
    this.stop();
    const timer = setTimeout(() => onReply({ silent: true }), timeout);
    /** @param {any} message */
    const listen = (message) => {
      if (message?.id !== id || message.view !== view) return;
      this.stop();
      onReply(message);
    };
    this.stop = () => {
      clearTimeout(timer);
      this.model.off("msg:custom", listen);
    };
    this.model.on("msg:custom", listen);
    try {
      this.model.send({ ...request, id, view });
    } catch {
      // There is no connection to a kernel: the timeout says so.
    }
  }
}
