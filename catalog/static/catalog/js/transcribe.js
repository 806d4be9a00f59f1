// Writing beside the image. The page works without this: a field and a button that saves. With it, what is typed is saved
// while it is typed, in the archive and until then in this browser; the line under the cursor is shown on the image.
const form = document.querySelector("[data-writing]");
if (form && !form.elements.text.readOnly) write(form, form.dataset);

function write(form, words) {
  const field = form.elements.text;
  const said = form.querySelector("[data-said]");
  const strip = form.querySelector(".line-strip");
  const figure = document.querySelector("[data-viewer]");
  const onScan = figure?.querySelector(".line-box");
  const [width, height] = words.size ? words.size.split(",").map(Number) : [0, 0];
  let lines = JSON.parse(words.lines || "[]");
  let saved = field.value;
  let timer = 0;
  let sending = null;
  let sent = false;
  let current = -1;

  // What could not be sent when the last window was lost.
  const left = recalled();
  if (left !== null && left.trimEnd() === field.value.trimEnd()) forget();
  else if (left !== null) {
    field.value = left;
    said.textContent = words.restored;
    later(0);
  }

  field.addEventListener("input", () => {
    remember();
    later(900);
  });
  document.addEventListener("selectionchange", follow);
  field.addEventListener("focus", follow);
  field.addEventListener("keydown", key);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save(true);
  });
  addEventListener("pagehide", () => save(true));
  addEventListener("online", () => later(0));
  form.addEventListener("submit", (event) => {
    sent = true;
    clearTimeout(timer);
    // Kept in this browser until the archive has shown the same words.
    if (event.submitter?.value === "discard") forget();
    else remember();
  });

  const tools = form.querySelector(".mark-buttons");
  tools.hidden = false;
  for (const tool of tools.querySelectorAll("button")) {
    // The cursor stays where it is.
    tool.addEventListener("mousedown", (event) => event.preventDefault());
    tool.addEventListener("click", () => insert(tool.dataset.insert));
  }

  function key(event) {
    const tool = tools.querySelector(`[data-keys="${event.key}"]`);
    if (tool && !event.ctrlKey && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      insert(tool.dataset.insert);
    } else if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      later(0);
    }
  }

  // A mark with | in it goes around what is selected. execCommand keeps the field's own undo.
  function insert(mark) {
    field.focus();
    const [before, after = ""] = mark.split("|");
    const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
    const wraps = mark.includes("|");
    if (!wraps) field.selectionStart = field.selectionEnd;
    const put = wraps ? before + chosen + after : before;
    if (!document.execCommand("insertText", false, put)) field.setRangeText(put, field.selectionStart, field.selectionEnd, "end");
    if (wraps && !chosen) field.selectionStart = field.selectionEnd -= after.length;
    field.dispatchEvent(new Event("input"));
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(() => save(false), wait);
  }

  async function save(leaving) {
    clearTimeout(timer);
    if (sent || field.value === saved) return;
    if (sending && !leaving) {
      await sending;
      return save(false);
    }
    const text = field.value;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("into", form.elements.into.value);
    body.set("revision", form.elements.revision.value);
    body.set("base", form.elements.base.value);
    body.set("text", text);
    said.textContent = words.saving;
    sending = fetch(words.draft, { method: "POST", body, keepalive: leaving && text.length < 20000 });
    try {
      const answer = await sending;
      if (answer.status !== 200 && answer.status !== 409) throw new Error(String(answer.status));
      const told = await answer.json();
      if (told.crossed) {
        // This window's words lie beside the others' now; it goes on laying them there.
        said.textContent = words.crossed;
      } else {
        form.elements.revision.value = told.revision;
        said.textContent = `${words.saved} ${new Date().toLocaleTimeString(document.documentElement.lang)}`;
      }
      saved = text;
      if (field.value === text) forget();
      if (told.lines) {
        lines = told.lines;
        current = -1;
        follow();
      }
    } catch {
      said.textContent = words.unsaved;
      later(8000);
    } finally {
      sending = null;
    }
  }

  // The line under the cursor: its strip above the field, its box on the image.
  function follow() {
    if (document.activeElement !== field) return;
    const number = field.value.slice(0, field.selectionStart).split("\n").length - 1;
    if (number === current) return;
    current = number;
    const box = form.elements.into.value ? null : lines[number];
    if (strip) strip.hidden = !box;
    if (!box || !figure) return;
    const [x, y, w, h] = box;
    for (const [name, value] of Object.entries({ x, y, width: w, height: h })) onScan?.setAttribute(name, value);
    figure.dispatchEvent(new CustomEvent("show-line", { detail: { x, y, w, h } }));
    reveal(y, h);
    if (!strip || !words.image) return;
    const left = Math.max(0, x - h), top = Math.max(0, Math.round(y - h * 0.6));
    const wide = Math.min(width - left, w + 2 * h), high = Math.min(height - top, Math.round(h * 2.2));
    const picture = strip.querySelector("img");
    picture.src = `${words.image}/${left},${top},${wide},${high}/${Math.min(1000, wide)},/0/default.jpg`;
    picture.width = wide;
    picture.height = high;
  }

  // The image scrolls within its frame, never the page under the typist's hands.
  function reveal(y, h) {
    const frame = figure.closest(".beside-scan");
    const still = figure.querySelector(".framed img");
    if (!frame || !still.offsetParent || frame.scrollHeight <= frame.clientHeight) return;
    const scale = still.clientHeight / height;
    const down = still.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop;
    frame.scrollTop = down + (y + h / 2) * scale - frame.clientHeight / 2;
  }

  function remember() {
    try {
      localStorage.setItem(words.key, field.value);
    } catch {
      // Without it the archive's own saving remains.
    }
  }

  function recalled() {
    try {
      return localStorage.getItem(words.key);
    } catch {
      return null;
    }
  }

  function forget() {
    try {
      localStorage.removeItem(words.key);
    } catch {
      // There was nothing to forget.
    }
  }
}
