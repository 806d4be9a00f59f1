/* Lines of a list moved by key (Alt and an arrow), by button, or by dragging; the numbers in them follow. */

const rows = document.querySelector("[data-rows]");
if (rows) begin(rows);

function begin(rows) {
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  rows.before(said);
  let dragged = null;

  for (const row of rows.querySelectorAll("[data-row]")) {
    const moves = document.createElement("div");
    moves.className = "row-moves";
    moves.append(button(rows.dataset.up, () => move(row, -1)), button(rows.dataset.down, () => move(row, 1)));
    row.append(moves);
    row.draggable = true;
    row.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      const held = document.activeElement;
      move(row, event.key === "ArrowUp" ? -1 : 1);
      held.focus();
    });
    row.addEventListener("dragstart", (event) => {
      if (["INPUT", "SELECT"].includes(event.target.tagName)) return;
      dragged = row;
      row.classList.add("moving");
    });
    row.addEventListener("dragend", () => { row.classList.remove("moving"); dragged = null; number(); });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      const middle = row.getBoundingClientRect();
      row[event.clientY < middle.top + middle.height / 2 ? "before" : "after"](dragged);
    });
    row.addEventListener("drop", (event) => event.preventDefault());
  }

  function move(row, by) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    other[by < 0 ? "before" : "after"](row);
    number();
    said.textContent = `${rows.dataset.moved} ${[...rows.children].indexOf(row) + 1}`;
  }

  function number() {
    [...rows.querySelectorAll("[data-row]")].forEach((row, at) => { row.querySelector(".cell-number input").value = at + 1; });
  }
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}
