// Copy buttons beside what can be selected by hand anyway.
for (const holder of document.querySelectorAll("[data-copy]")) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = holder.dataset.copy;
  made.addEventListener("click", async () => {
    await navigator.clipboard.writeText(holder.querySelector("[data-words]").textContent.trim());
    made.textContent = holder.dataset.copied;
  });
  if (navigator.clipboard) holder.append(made);
}
