// Rectangles drawn on an image, by mouse, pen or keyboard. The numbers beside it are what counts: they are kept in step
// both ways, and the form works without any of this. Pixels are those of the picture's viewBox.
const SVG = "http://www.w3.org/2000/svg";

for (const figure of document.querySelectorAll("[data-rectangle]")) prepare(figure);

for (const button of document.querySelectorAll("[data-clear]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const id of button.dataset.clear.split(" ")) {
      const field = document.getElementById(id);
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}

function prepare(figure) {
  const fields = figure.dataset.fields.split(" ").map((id) => document.getElementById(id));
  const sheet = figure.querySelector(".sheet");
  const svg = figure.querySelector("svg");
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const drawn = svg.querySelector(".drawn") ?? svg.appendChild(document.createElementNS(SVG, "rect"));
  const said = figure.appendChild(document.createElement("p"));
  drawn.setAttribute("class", "drawn");
  said.setAttribute("role", "status");
  sheet.tabIndex = 0;
  sheet.setAttribute("role", "application");
  sheet.setAttribute("aria-label", figure.dataset.label);
  if (figure.getAttribute("aria-describedby")) sheet.setAttribute("aria-describedby", figure.getAttribute("aria-describedby"));
  sheet.classList.add("draws");
  let from = null;

  const read = () => {
    const numbers = fields.map((field) => (field.value === "" ? NaN : Number(field.value)));
    return numbers.some(Number.isNaN) ? null : numbers;
  };

  function show() {
    const box = read();
    drawn.toggleAttribute("hidden", !box);
    drawn.setAttribute("visibility", box ? "visible" : "hidden");
    if (!box) {
      said.textContent = "";
      return;
    }
    ["x", "y", "width", "height"].forEach((name, at) => drawn.setAttribute(name, Math.max(0, box[at])));
    said.textContent = ["x", "y", "w", "h"].reduce((words, name, at) => words.replace(`{${name}}`, box[at]), figure.dataset.said);
  }

  function write(x, y, w, h) {
    const right = Math.min(width, Math.round(x + w));
    const bottom = Math.min(height, Math.round(y + h));
    const left = Math.min(width - 1, Math.max(0, Math.round(x)));
    const top = Math.min(height - 1, Math.max(0, Math.round(y)));
    [left, top, Math.max(1, right - left), Math.max(1, bottom - top)].forEach((number, at) => (fields[at].value = number));
    show();
  }

  const point = (event) => {
    const seen = svg.getBoundingClientRect();
    return [((event.clientX - seen.left) / seen.width) * width, ((event.clientY - seen.top) / seen.height) * height];
  };

  sheet.addEventListener("pointerdown", (event) => {
    // A finger moves the page; it has the numbers.
    if (event.button || event.pointerType === "touch") return;
    from = point(event);
    sheet.setPointerCapture(event.pointerId);
    sheet.focus({ preventScroll: true });
    event.preventDefault();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = point(event);
    // A touch that hardly moves is no rectangle.
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < width / 200) return;
    write(Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
  });
  for (const name of ["pointerup", "pointercancel"]) sheet.addEventListener(name, () => (from = null));

  sheet.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const step = event.altKey ? 1 : Math.max(1, Math.round(width / 100));
    const [x, y, w, h] = read() ?? [Math.round(width / 3), Math.round(height / 3), Math.round(width / 3), Math.round(height / 12)];
    if (event.shiftKey) write(x, y, Math.max(1, w + way[0] * step), Math.max(1, h + way[1] * step));
    else write(Math.min(Math.max(0, x + way[0] * step), width - w), Math.min(Math.max(0, y + way[1] * step), height - h), w, h);
  });

  for (const field of fields) field.addEventListener("input", show);
  show();
}
