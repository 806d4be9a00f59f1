/* Files dropped or chosen are sent one after another in pieces, and go on where a broken line left them (tus). Without this
   the form sends them all at once. */

const form = document.querySelector("[data-drop]");
if (form) begin(form);

function begin(form) {
  const words = form.dataset;
  const list = form.querySelector("[data-sending]");
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const queue = [];
  let sending = null;

  input.addEventListener("change", () => { add(input.files); input.value = ""; });
  for (const kind of ["dragenter", "dragover"]) form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => { event.preventDefault(); add(event.dataTransfer.files); });
  form.addEventListener("submit", (event) => {
    if (!queue.length && !sending) return;
    // The rest of the work begins by itself once the last piece has come.
    event.preventDefault();
  });
  window.addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });

  function add(files) {
    for (const file of files) queue.push({ file, line: drawn(file) });
    button.disabled = true;
    if (!sending) next();
  }

  function drawn(file) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const said = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    said.textContent = words.waiting;
    said.className = "soft small";
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    line.append(name, said, bar);
    list.append(line);
    return { line, said, bar };
  }

  async function next() {
    sending = queue.shift() || null;
    if (!sending) {
      button.disabled = false;
      if (!list.querySelector(".failed")) form.submit();
      return;
    }
    await fetched(words.script);
    const { file, line } = sending;
    const began = performance.now();
    const upload = new window.tus.Upload(file, {
      endpoint: words.uploads,
      chunkSize: 4 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 60000],
      metadata: { filename: file.name, record: words.record },
      headers: { "X-CSRFToken": token },
      removeFingerprintOnSuccess: true,
      fingerprint: async () => ["kyuc", words.record, file.name, file.size, file.lastModified].join("-"),
      onShouldRetry: (error) => {
        const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
        line.said.textContent = words.again;
        // 507: the disk is full, and will be in a minute; whoever sends shall read so at once.
        if (status === 507) return false;
        return status === 0 || status === 409 || status === 423 || status >= 500;
      },
      onProgress: (sent, all) => {
        const seconds = (performance.now() - began) / 1000;
        line.bar.value = sent;
        const left = sent && seconds > 2 ? ` · ${Math.ceil(((all - sent) * seconds) / sent)} s ${words.left}` : "";
        line.said.textContent = `${mega(sent)} ${words.of} ${mega(all)} MB${left}`;
      },
      onError: (error) => {
        const reply = error.originalResponse ? error.originalResponse.getBody() : "";
        const why = document.createElement("span");
        why.className = "failed";
        why.textContent = `${words.failed} ${reply && reply.length < 300 ? reply : error.message}`;
        line.line.append(why);
        next();
      },
      onSuccess: () => { line.bar.value = line.bar.max; line.said.textContent = words.sent; next(); },
    });
    const before = await upload.findPreviousUploads();
    if (before.length) upload.resumeFromPreviousUpload(before[0]);
    upload.start();
  }
}

function mega(bytes) { return (bytes / 1048576).toFixed(1); }

function fetched(address) {
  if (window.tus) return Promise.resolve();
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
}
