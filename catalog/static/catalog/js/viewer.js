// Deep zoom over a page image that is complete without it. OpenSeadragon is fetched only when somebody asks to look closer,
// or comes by an address that ends in #xywh=x,y,width,height (pixels of the full image).
const asked = /^#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(location.hash);

for (const figure of document.querySelectorAll("[data-viewer]")) prepare(figure, figure.dataset);

// A long row of pages begins with the page that is shown.
const strip = document.querySelector(".pages");
const here = strip?.querySelector("[aria-current]");
if (here) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2 + here.offsetWidth / 2;

function prepare(figure, words) {
  const still = figure.querySelector(".framed") ?? figure.querySelector("img");
  const marks = JSON.parse(words.marks || "[]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (asked) {
    const [x, y, w, h] = asked.slice(1).map(Number);
    marks.unshift({ x, y, w, h, label: "" });
  }
  const tools = document.createElement("div");
  const said = document.createElement("span");
  const stage = document.createElement("div");
  tools.className = "viewer-tools";
  said.setAttribute("role", "status");
  stage.className = "viewer";
  let viewer = null;

  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  };
  const rectangle = ({ x, y, w, h }) => viewer.viewport.imageToViewportRectangle(x, y, w, h);

  function goToMark(at_once = calm) {
    const box = rectangle(marks[0]);
    const width = Math.min(1, Math.max(box.width * 2.4, 0.4));
    const height = Math.max(box.height * 4, width / 2);
    const centre = box.getCenter();
    viewer.viewport.fitBounds(new OpenSeadragon.Rect(centre.x - width / 2, centre.y - height / 2, width, height), at_once);
  }

  async function open() {
    opener.disabled = true;
    said.textContent = "";
    try {
      await fetched(words.script);
    } catch {
      opener.disabled = false;
      said.textContent = words.failed;
      return;
    }
    opener.disabled = false;
    still.hidden = true;
    still.after(stage);
    viewer = OpenSeadragon({
      element: stage,
      tileSources: words.info,
      drawer: "canvas",
      showNavigationControl: false,
      immediateRender: calm,
      animationTime: calm ? 0 : 1.1,
      maxZoomPixelRatio: 2.5,
      visibilityRatio: 0.6,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    viewer.addHandler("open", () => {
      for (const mark of marks) {
        const box = document.createElement("div");
        box.className = "box-on-scan";
        if (mark.label) box.title = mark.label;
        viewer.addOverlay({ element: box, location: rectangle(mark) });
      }
      // From the whole page to the name, so that one sees where on the page it stands.
      if (marks.length) setTimeout(() => viewer && goToMark(), calm ? 0 : 450);
    });
    viewer.addHandler("open-failed", () => {
      close();
      said.textContent = words.failed;
    });
    tools.replaceChildren(...close_up, said);
    viewer.canvas.setAttribute("role", "application");
    viewer.canvas.setAttribute("aria-label", words.label);
    viewer.canvas.focus({ preventScroll: true });
  }

  function close() {
    viewer?.destroy();
    viewer = null;
    stage.remove();
    still.hidden = false;
    tools.replaceChildren(opener, said);
    opener.focus({ preventScroll: true });
  }

  const zoom = (factor) => viewer.viewport.zoomBy(factor, undefined, calm).applyConstraints(calm);
  const opener = button(words.open, open);
  const close_up = [
    button(words.nearer, () => zoom(1.6)),
    button(words.farther, () => zoom(1 / 1.6)),
    button(words.whole, () => viewer.viewport.goHome(calm)),
    ...(marks.length ? [button(words.mark, () => goToMark())] : []),
    button(words.close, close),
  ];
  tools.append(opener, said);
  figure.prepend(tools);
  figure.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && viewer) close();
  });
  if (asked) open();
}

function fetched(address) {
  if (window.OpenSeadragon) return Promise.resolve();
  // OpenSeadragon would add a style element, which our policy refuses, unless it finds one of this name. It finds this.
  const found = document.createElementNS(null, "style");
  found.setAttribute("data-openseadragon-mobile-css", "");
  document.head.append(found);
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
}
