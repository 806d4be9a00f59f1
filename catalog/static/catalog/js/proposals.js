// One key a name: A accept, C correct, R refuse, U undo, arrows move. Without this every name has its own buttons.
const list = document.querySelector("[data-proposals]");
if (list) decide(list);

function decide(list) {
  const rows = [...list.querySelectorAll("[data-proposal]")];
  let at = 0;

  for (const row of rows) {
    row.addEventListener("focusin", () => (at = rows.indexOf(row)));
    row.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      send(row, event.submitter?.value ?? "correct");
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !rows.length) return;
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "Escape" && typing) {
      event.target.closest("details").open = false;
      return go(at);
    }
    if (typing || event.target.closest(".viewer")) return;
    const act = {
      a: () => send(rows[at], "accept"),
      r: () => send(rows[at], "refuse"),
      u: () => undo(),
      c: () => correct(rows[at]),
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  go(0, true);

  function go(number, first = false) {
    at = Math.min(Math.max(number, 0), rows.length - 1);
    rows.forEach((row, other) => row.classList.toggle("is-here", other === at));
    if (first) return;
    rows[at].focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  }

  function correct(row) {
    const details = row.querySelector("details");
    details.open = true;
    details.querySelector("input").focus();
  }

  // The one decided last, wherever one stands.
  function undo() {
    const decided = rows.filter((row) => row.dataset.at);
    const own = rows[at].dataset.at ? rows[at] : decided.sort((one, other) => other.dataset.at - one.dataset.at)[0];
    if (own) send(own, "undo");
  }

  async function send(row, what) {
    const open = !row.dataset.at;
    if (row.dataset.busy || (what === "undo") === open) return;
    row.dataset.busy = "1";
    const form = row.querySelector("form");
    const body = new FormData(form);
    body.set("do", what);
    const said = row.querySelector("[data-said]");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
      const told = await answer.json();
      said.textContent = told.said;
      const decided = told.state !== "proposed";
      row.classList.toggle("is-decided", decided);
      if (decided) row.dataset.at = String(performance.now());
      else delete row.dataset.at;
      for (const tool of row.querySelectorAll("button, details")) tool.hidden = decided !== tool.hasAttribute("data-undo");
      if (decided && what !== "undo") go(next());
      else go(rows.indexOf(row));
    } catch {
      said.textContent = list.dataset.failed;
    } finally {
      delete row.dataset.busy;
    }
  }

  function next() {
    const waiting = rows.findIndex((row, number) => number > at && !row.dataset.at);
    return waiting < 0 ? at : waiting;
  }
}
