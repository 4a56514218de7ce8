// Brings the figures of a rendered page to life: no kernel, no require.js, no CDN, from file:// too.
//
// MyST-NB writes what each output was into the page: one widget-state script a page, one widget-view
// script an output. Every figure of the course is an anywidget; this script is the host that the anywidget
// front-end specification asks for. A figure's module is a file of the site, named in that state (see
// autograder/site/figures.py); the module of any other anywidget is in the state itself (_esm).
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";

  /** The model a figure talks to. The page holds the only copy of the state. */
  class Model {
    constructor(state) {
      this.state = { ...state };
      this.listeners = new Map();
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      if (name !== null && typeof name === "object") {
        for (const [each, its] of Object.entries(name)) this.set(each, its);
        return;
      }
      if (Object.is(this.state[name], value)) return;
      this.state[name] = value;
      this.emit(`change:${name}`, this, value);
      this.emit("change", this);
    }
    save_changes() {} // nobody to tell: there is no kernel
    send() {}
    emit(event, ...values) {
      for (const listener of [...(this.listeners.get(event) ?? [])])
        listener(...values);
    }
    on(events, listener) {
      for (const event of events.split(/\s+/)) {
        if (!this.listeners.has(event)) this.listeners.set(event, new Set());
        this.listeners.get(event).add(listener);
      }
    }
    off(events, listener) {
      if (!events) {
        this.listeners.clear();
        return;
      }
      for (const event of events.split(/\s+/)) {
        if (listener) this.listeners.get(event)?.delete(listener);
        else this.listeners.delete(event);
      }
    }
  }

  /** Put the binary values, written as base64 beside the state, back where they belong. */
  function unpack({ state, buffers = [] }) {
    for (const { path, data } of buffers) {
      let place = state;
      for (const key of path.slice(0, -1)) place = place[key];
      const bytes = Uint8Array.from(atob(data), (letter) =>
        letter.charCodeAt(0),
      );
      place[path.at(-1)] = new DataView(bytes.buffer);
    }
    return state;
  }

  // A classic script: a page opened from file:// may not import a module beside it.
  function loadScript({ key, src }) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = () => resolve(globalThis.courseFigures[key]);
      script.onerror = () => reject(new Error(`${src} could not be loaded.`));
      document.head.append(script);
    });
  }
  async function importText(code) {
    const address = URL.createObjectURL(
      new Blob([code], { type: "text/javascript" }),
    );
    try {
      const exported = (await import(address)).default;
      return typeof exported === "function" ? await exported() : exported;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  const modules = new Map();
  function moduleOf({ script, state }) {
    const key = script?.key ?? state._esm;
    if (!modules.has(key))
      modules.set(key, script ? loadScript(script) : importText(state._esm));
    return modules.get(key);
  }

  const styles = new Set();
  function addStyle(text) {
    if (!text || styles.has(text)) return;
    styles.add(text);
    const style = document.createElement("style");
    style.textContent = text;
    document.head.append(style);
  }

  function readStates() {
    const states = {};
    for (const script of document.querySelectorAll(`script[type="${STATE}"]`)) {
      Object.assign(states, JSON.parse(script.textContent).state);
    }
    return states;
  }

  async function mount(script, states, models) {
    const id = JSON.parse(script.textContent).model_id;
    const record = states[id];
    const host = document.createElement("div");
    host.className = "figure-host";
    script.before(host);
    if (record?.model_module !== "anywidget") {
      host.textContent =
        "This control needs a kernel: open the lesson in Jupyter.";
      return;
    }
    addStyle(record.state._css);
    const figure = await moduleOf(record);
    if (!models.has(id)) {
      models.set(id, new Model(unpack(record)));
      await figure.initialize?.({ model: models.get(id) });
    }
    await figure.render?.({ model: models.get(id), el: host });
    performance.mark("figure");
  }

  async function mountAll() {
    const states = readStates();
    const models = new Map();
    for (const script of document.querySelectorAll(`script[type="${VIEW}"]`)) {
      try {
        await mount(script, states, models);
      } catch (error) {
        console.error(error);
        const note = document.createElement("p");
        note.className = "figure-error";
        note.textContent = `This figure could not be drawn: ${error.message}`;
        script.before(note);
      }
    }
    document.documentElement.dataset.figures = "ready";
  }

  if (document.readyState === "loading") {
    document.addEventListener("readystatechange", mountAll, { once: true });
  } else {
    mountAll();
  }
})();
