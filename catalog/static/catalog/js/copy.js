// A button beside words that can be selected by hand anyway. <… data-copy="Copy" data-copied="Copied"><p data-words>…
for (const holder of document.querySelectorAll("[data-copy]")) {
  const words = holder.querySelector("[data-words]");
  if (!words || !navigator.clipboard) continue;
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "quiet";
  button.textContent = holder.dataset.copy;
  said.className = "soft";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(words.textContent.trim());
      said.textContent = ` ${holder.dataset.copied}`;
    } catch {
      getSelection().selectAllChildren(words);
    }
  });
  holder.append(button, said);
}
