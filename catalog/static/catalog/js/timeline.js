// The rule beside the timeline fills as one walks. Nothing depends on it.
if ("IntersectionObserver" in window) {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) entry.target.classList.add("passed");
      }
    },
    { rootMargin: "0px 0px -45% 0px" },
  );
  for (const item of document.querySelectorAll(".timeline > li")) watcher.observe(item);
}
