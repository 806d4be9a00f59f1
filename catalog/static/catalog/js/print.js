// A button for what the browser's print command does. <… data-print="Print"><p data-without>what to do without a script</p></…>
for (const holder of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = holder.dataset.print;
  button.addEventListener("click", () => print());
  holder.querySelector("[data-without]")?.setAttribute("hidden", "");
  holder.append(button);
}
