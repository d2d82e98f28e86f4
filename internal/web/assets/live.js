// Keeps the live part of a page fresh. Without this script the page shows what was known when it was loaded.
(() => {
  "use strict";
  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  let busy = false;
  const refresh = async () => {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(live.dataset.part, { headers: { Accept: "text/html" } });
      if (answer.ok) live.innerHTML = await answer.text();
    } finally {
      busy = false;
    }
  };
  const source = new EventSource("/events");
  source.onmessage = refresh;
  source.onerror = () => live.classList.add("stale");
  source.onopen = () => live.classList.remove("stale");
})();
