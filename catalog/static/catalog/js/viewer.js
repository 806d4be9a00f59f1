// Deep zoom over a page image that is complete without it: the viewer is fetched only when someone asks for it.
const figure = document.querySelector("[data-viewer]");

if (figure) {
  const still = figure.querySelector(".framed");
  const words = figure.dataset;
  const marks = JSON.parse(words.marks || "[]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tools = document.createElement("div");
  tools.className = "viewer-tools";
  let viewer = null;
  let stage = null;

  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    tools.append(made);
    return made;
  };

  const script = (address) =>
    new Promise((done, failed) => {
      if (window.OpenSeadragon) return done();
      const element = document.createElement("script");
      element.src = address;
      element.onload = done;
      element.onerror = failed;
      document.head.append(element);
    });

  const rectangle = (mark) => viewer.viewport.imageToViewportRectangle(mark.x, mark.y, mark.w, mark.h);

  const goToMark = () => {
    if (!marks.length) return;
    const box = rectangle(marks[0]);
    const width = Math.max(box.width * 2.4, 0.35);
    const around = new OpenSeadragon.Rect(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - width / 4, width, width / 2);
    viewer.viewport.fitBounds(around, calm);
  };

  const close = () => {
    viewer?.destroy();
    viewer = null;
    stage?.remove();
    still.hidden = false;
    show([open]);
    open.focus();
  };

  const start = async () => {
    open.disabled = true;
    try {
      await script(words.script);
    } catch {
      open.disabled = false;
      open.textContent = words.failed;
      return;
    }
    open.disabled = false;
    stage = document.createElement("div");
    stage.className = "viewer";
    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.setAttribute("aria-label", words.label);
    still.after(stage);
    still.hidden = true;
    viewer = OpenSeadragon({
      element: stage,
      tileSources: words.info,
      showNavigationControl: false,
      animationTime: calm ? 0 : 0.9,
      maxZoomPixelRatio: 2,
      visibilityRatio: 0.6,
      gestureSettingsMouse: { scrollToZoom: true, clickToZoom: false, dblClickToZoom: true },
    });
    viewer.addHandler("open", () => {
      for (const mark of marks) {
        const box = document.createElement("div");
        box.className = "box-on-scan";
        box.title = mark.label || "";
        viewer.addOverlay({ element: box, location: rectangle(mark) });
      }
      goToMark();
    });
    show([closer, nearer, farther, whole, ...(marks.length ? [mark] : [])]);
    stage.focus();
  };

  const open = button(words.open, start);
  const closer = button(words.close, close);
  const nearer = button(words.nearer, () => viewer.viewport.zoomBy(1.6).applyConstraints());
  const farther = button(words.farther, () => viewer.viewport.zoomBy(1 / 1.6).applyConstraints());
  const whole = button(words.whole, () => viewer.viewport.goHome(calm));
  const mark = button(words.mark, goToMark);
  const show = (buttons) => tools.replaceChildren(...buttons);
  show([open]);
  figure.prepend(tools);
  figure.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && viewer) close();
  });
}
