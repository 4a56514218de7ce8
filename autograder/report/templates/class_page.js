"use strict";
(() => {
  const form = document.getElementById("filters");
  const lesson = document.getElementById("by-lesson");
  const exercise = document.getElementById("by-exercise");
  const bug = document.getElementById("by-bug");
  const student = document.getElementById("by-student");
  const shown = document.getElementById("shown");
  const items = [...document.querySelectorAll(".item")];
  const keepers = [...document.querySelectorAll(".keep")];
  const exercises = items.filter((one) => one.tagName === "ARTICLE");
  const lessonOf = {};
  for (const option of exercise.options)
    lessonOf[option.value] = option.dataset.lesson;
  const column = document.head.appendChild(document.createElement("style"));

  const holds = (list, value) => list.split(" ").includes(value);

  /** Whether an item has what is asked for; it passes where it says nothing about it. */
  const wanted = (data, asked) => {
    const its = data.lesson ?? lessonOf[data.exercise];
    if (asked.lesson && its !== undefined && its !== asked.lesson) return false;
    if (
      asked.exercise &&
      data.exercise !== undefined &&
      data.exercise !== asked.exercise
    )
      return false;
    if (
      asked.exercise &&
      data.exercises !== undefined &&
      !holds(data.exercises, asked.exercise)
    )
      return false;
    if (asked.bug && data.bugs !== undefined && !holds(data.bugs, asked.bug))
      return false;
    return !(
      asked.student &&
      data.student !== undefined &&
      !data.student.includes(asked.student)
    );
  };

  /** Hide the columns of the table of everybody that are about other exercises. */
  const hideColumns = (asked) => {
    const heads = [...document.querySelectorAll("#all thead th")];
    const off = heads.flatMap((head, index) =>
      head.dataset.exercise &&
      !wanted(head.dataset, { lesson: asked.lesson, exercise: asked.exercise })
        ? [`#all tr > :nth-child(${index + 1})`]
        : [],
    );
    column.textContent = off.length ? `${off.join(",")}{display:none}` : "";
  };

  const filter = () => {
    const asked = {
      lesson: lesson.value,
      exercise: exercise.value,
      bug: bug.value,
      student: student ? student.value.trim().toLowerCase() : "",
    };
    for (const option of exercise.options)
      option.hidden = Boolean(
        option.value && asked.lesson && option.dataset.lesson !== asked.lesson,
      );
    for (const option of bug.options) {
      const its = option.dataset.exercise;
      option.hidden = Boolean(
        option.value &&
          ((asked.exercise && its !== asked.exercise) ||
            (asked.lesson && lessonOf[its] !== asked.lesson)),
      );
    }
    for (const one of items) one.hidden = !wanted(one.dataset, asked);
    // What only holds others goes with the last of them.
    for (const one of exercises)
      if (one.dataset.students)
        one.hidden ||= !one.querySelector(".item:not([hidden])");
    for (const one of keepers) {
      const inside = [...one.querySelectorAll(".item")];
      one.hidden = inside.length > 0 && inside.every((item) => item.hidden);
    }
    hideColumns(asked);
    if (asked.bug)
      for (const one of document.querySelectorAll(".rare:not([hidden])"))
        one.open = true;
    const count = exercises.filter((one) => !one.hidden).length;
    shown.textContent = `${count} of ${exercises.length} exercises shown`;
  };

  form.hidden = false;
  form.addEventListener("input", (event) => {
    // A choice that the wider one leaves no room for is taken back.
    if (
      event.target === lesson &&
      lesson.value &&
      lessonOf[exercise.value] !== lesson.value
    )
      exercise.value = "";
    if (event.target === lesson || event.target === exercise) {
      const its = bug.selectedOptions[0]?.dataset.exercise;
      const fits =
        (!exercise.value || its === exercise.value) &&
        (!lesson.value || lessonOf[its] === lesson.value);
      if (!fits) bug.value = "";
    }
    filter();
  });
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();

  // A link to something folded opens it.
  const unfold = () => {
    let one = document.getElementById(
      decodeURIComponent(location.hash.slice(1)),
    );
    const target = one;
    for (; one; one = one.parentElement)
      if (one.tagName === "DETAILS") one.open = true;
    target?.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();

  // Paper has no folds.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
})();
