// The rule beside the milestones fills as one walks, and empties on the way back. Nothing depends on it.
const stops = [...document.querySelectorAll(".timeline > li")];

const walk = () => {
  const line = innerHeight * 0.6;
  const passed = stops.filter((stop) => stop.getBoundingClientRect().top < line);
  for (const stop of stops) {
    stop.classList.toggle("passed", passed.includes(stop));
    stop.classList.toggle("here", stop === passed.at(-1));
  }
};

if (stops.length && "IntersectionObserver" in window) {
  const watcher = new IntersectionObserver(walk, { rootMargin: "0px 0px -40% 0px", threshold: [0, 1] });
  for (const stop of stops) watcher.observe(stop);
}
