// Deep zoom over a page image that is complete without it. OpenSeadragon is fetched only when somebody asks to look closer,
// or comes by an address that ends in #place-1 (the first place found; #place-last) or #xywh=x,y,width,height (pixels of the
// full image). Over the image lie the marks of what was found and, when fetched, the words of the page to select and copy.
const asked = /^#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(location.hash);
const place = /^#place-(\d+|last)$/.exec(location.hash);

for (const figure of document.querySelectorAll("[data-viewer]")) prepare(figure, figure.dataset);

// A long row of pages begins with the page that is shown.
const strip = document.querySelector(".pages");
const here = strip?.querySelector("[aria-current]");
if (here) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2 + here.offsetWidth / 2;

function prepare(figure, words) {
  const still = figure.querySelector(".framed") ?? figure.querySelector("img");
  const marks = JSON.parse(words.marks || "[]") || [];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let at = 0;
  if (asked) {
    const [x, y, w, h] = asked.slice(1).map(Number);
    marks.unshift({ x, y, w, h, label: "" });
  } else if (place && marks.length) {
    at = place[1] === "last" ? marks.length - 1 : Math.min(Math.max(Number(place[1]) - 1, 0), marks.length - 1);
  }
  const tools = document.createElement("div");
  const said = document.createElement("span");
  const stage = document.createElement("div");
  tools.className = "viewer-tools";
  said.setAttribute("role", "status");
  stage.className = "viewer";
  let viewer = null;
  let boxes = [];
  let line = null;
  let lineBox = null;
  let layer = null;

  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  };
  const rectangle = ({ x, y, w, h }) => viewer.viewport.imageToViewportRectangle(x, y, w, h);

  function fit(mark, atOnce) {
    const box = rectangle(mark);
    const width = Math.min(1, Math.max(box.width * 2.4, 0.4));
    const height = Math.max(box.height * 4, width / 2);
    const centre = box.getCenter();
    viewer.viewport.fitBounds(new OpenSeadragon.Rect(centre.x - width / 2, centre.y - height / 2, width, height), atOnce);
  }

  // A line is shown in the whole width of the page, so that one sees where it begins.
  function fitLine(box, atOnce) {
    const { y: top, height } = rectangle({ ...box, x: 0, w: 1 });
    if (lineBox) viewer.removeOverlay(lineBox);
    lineBox = document.createElement("div");
    lineBox.className = "box-on-scan";
    viewer.addOverlay({ element: lineBox, location: rectangle(box) });
    const high = Math.max(height * 7, 0.3);
    viewer.viewport.fitBounds(new OpenSeadragon.Rect(0, top + height / 2 - high / 2, 1, high), atOnce);
  }

  function goToMark(number, atOnce = calm) {
    if (!marks.length) return;
    at = number;
    boxes.forEach((box, other) => box.classList.toggle("is-here", other === at));
    if (marks.length > 1) said.textContent = words.place.replace("{1}", at + 1).replace("{2}", marks.length);
    fit(marks[at], atOnce);
  }

  // Past the last place on this page stands the first one on a later page, and before the first the last of one before.
  function step(by) {
    const next = at + by;
    if (next >= 0 && next < marks.length) goToMark(next);
    else if (by > 0 && words.behindUrl) location.href = words.behindUrl;
    else if (by < 0 && words.beforeUrl) location.href = words.beforeUrl;
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
      // The server says 503 where many images are drawn at once; a few seconds later the tile is there.
      tileRetryMax: 4,
      tileRetryDelay: 2500,
      immediateRender: calm,
      animationTime: calm ? 0 : 1.1,
      maxZoomPixelRatio: 2.5,
      visibilityRatio: 0.6,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    viewer.addHandler("open", () => {
      // Whoever came for a place was brought to its strip by the address; the image is what they came for.
      if (place) figure.scrollIntoView({ block: "start" });
      boxes = marks.map((mark) => {
        const box = document.createElement("div");
        box.className = "box-on-scan";
        if (mark.label) box.title = mark.label;
        viewer.addOverlay({ element: box, location: rectangle(mark) });
        return box;
      });
      // From the whole page to the name, so that one sees where on the page it stands.
      if (marks.length) setTimeout(() => viewer && goToMark(at), calm ? 0 : 450);
      else if (line) fitLine(line, true);
      if (words.words) layWords();
    });
    viewer.addHandler("open-failed", () => {
      close();
      said.textContent = words.failed;
    });
    tools.replaceChildren(...closeUp, said);
    viewer.canvas.setAttribute("role", "application");
    viewer.canvas.setAttribute("aria-label", words.label);
    viewer.canvas.focus({ preventScroll: true });
  }

  function close() {
    viewer?.destroy();
    viewer = layer = lineBox = null;
    boxes = [];
    stage.remove();
    stage.classList.remove("is-selecting");
    selector.textContent = words.select;
    selector.hidden = true;
    still.hidden = false;
    said.textContent = "";
    tools.replaceChildren(opener, said);
    opener.focus({ preventScroll: true });
  }

  // The words of the page, unseen over their images: to be selected, copied, and read aloud.
  async function layWords() {
    let found;
    try {
      const answer = await fetch(words.words, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      found = await answer.json();
    } catch {
      return;
    }
    if (!viewer || !found.words.length || !viewer.world.getItemCount()) return;
    const { x: width, y: height } = viewer.world.getItemAt(0).getContentSize();
    layer = document.createElement("div");
    layer.className = "word-layer";
    layer.lang = found.language;
    layer.setAttribute("role", "group");
    layer.setAttribute("aria-label", words.layer);
    found.words.forEach(([word, x, y, w, h, row], number) => {
      const made = document.createElement("span");
      const last = found.words[number + 1]?.[5] !== row;
      made.textContent = word + (last ? "\n" : " ");
      made.style.left = `${(x / width) * 100}%`;
      made.style.top = `${(y / height) * 100}%`;
      made.style.height = `${(h / height) * 100}%`;
      made.style.fontSize = `${(h / height) * 80}cqh`;
      layer.append(made);
    });
    viewer.addOverlay({ element: layer, location: rectangle({ x: 0, y: 0, w: width, h: height }) });
    selector.hidden = false;
    // Each word is drawn out to the width it has on the page; both grow alike when one comes nearer.
    requestAnimationFrame(() => {
      const whole = layer?.offsetWidth;
      if (!whole) return;
      const natural = [...layer.children].map((made) => made.offsetWidth);
      [...layer.children].forEach((made, number) => {
        const wanted = (found.words[number][3] / width) * whole;
        if (natural[number]) made.style.transform = `scaleX(${wanted / natural[number]})`;
      });
    });
  }

  function select() {
    const selecting = stage.classList.toggle("is-selecting");
    viewer.setMouseNavEnabled(!selecting);
    selector.textContent = selecting ? words.move : words.select;
    selector.setAttribute("aria-pressed", String(selecting));
  }

  const zoom = (factor) => viewer.viewport.zoomBy(factor, undefined, calm).applyConstraints(calm);
  const opener = button(words.open, open);
  const selector = button(words.select, select);
  selector.hidden = true;
  const several = marks.length > 1 || words.beforeUrl || words.behindUrl;
  const closeUp = [
    button(words.nearer, () => zoom(1.6)),
    button(words.farther, () => zoom(1 / 1.6)),
    button(words.whole, () => viewer.viewport.goHome(calm)),
    ...(marks.length ? [button(words.mark, () => goToMark(at))] : []),
    ...(marks.length && several ? [button(words.previous, () => step(-1)), button(words.next, () => step(1))] : []),
    selector,
    button(words.close, close),
  ];
  tools.append(opener, said);
  figure.prepend(tools);
  figure.addEventListener("keydown", (event) => {
    if (!viewer || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") close();
    else if (marks.length && event.key.toLowerCase() === "n") step(1);
    else if (marks.length && event.key.toLowerCase() === "p") step(-1);
  });
  // Whoever types a line beside the image has it shown.
  figure.addEventListener("show-line", (event) => {
    line = event.detail;
    if (viewer?.world.getItemCount()) fitLine(line, calm);
  });
  if (asked || (place && marks.length)) open();
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
