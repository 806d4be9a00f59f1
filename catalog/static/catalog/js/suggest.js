// Offers under a field while one types, from the second letter on (WAI-ARIA combobox with a listbox).
// Without this script the field is a field.
const PAUSE = 180;

for (const field of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  const listId = `${field.id}-offers`;
  let offers = [];
  let at = -1;
  let timer = 0;
  let asked = 0;
  list.id = listId;
  list.className = "offers";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", listId);
  field.setAttribute("aria-expanded", "false");
  field.after(list);

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const point = (to) => {
    at = to;
    [...list.children].forEach((item, here) => item.setAttribute("aria-selected", String(here === at)));
    if (at >= 0) field.setAttribute("aria-activedescendant", list.children[at].id);
    else field.removeAttribute("aria-activedescendant");
  };
  const take = (offer) => {
    close();
    if (field.dataset.suggestKind) {
      field.value = offer.text;
      field.focus();
    } else if (offer.kind === "name") {
      field.value = offer.text;
      field.form.requestSubmit();
    } else {
      location.assign(offer.url);
    }
  };
  const show = () => {
    list.replaceChildren(
      ...offers.map((offer, here) => {
        const item = document.createElement("li");
        const text = document.createElement("span");
        const kind = document.createElement("span");
        item.id = `${listId}-${here}`;
        item.setAttribute("role", "option");
        text.textContent = offer.text;
        kind.className = "kind";
        kind.textContent = `${offer.kind_label} · ${offer.count}`;
        item.append(text, kind);
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(offer);
        });
        return item;
      }),
    );
    list.hidden = offers.length === 0;
    field.setAttribute("aria-expanded", String(offers.length > 0));
    point(-1);
  };
  const ask = async () => {
    const text = field.value.trim();
    const mine = ++asked;
    if (text.length < 2) return close();
    const address = new URL(field.dataset.suggest, location);
    address.searchParams.set("q", text);
    if (field.dataset.suggestKind) address.searchParams.set("kind", field.dataset.suggestKind);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      // A slow answer to what has been typed over since is not shown.
      if (!answer.ok || mine !== asked || document.activeElement !== field) return close();
      offers = (await answer.json()).suggestions;
      show();
    } catch {
      close();
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") point((at + 1) % offers.length);
    else if (event.key === "ArrowUp") point(at <= 0 ? offers.length - 1 : at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && at >= 0) take(offers[at]);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", () => setTimeout(close, 120));
}
