// Keeps a page fresh: when the tracker has news, the page is asked for again, and what differs is changed in place, so that focus, selection
// and what is being typed stay. Without this script a page shows what was known when it was loaded, and so does one whose contents are marked as still.
(() => {
  "use strict";
  const main = document.getElementById("main");
  const lost = document.getElementById("lost");
  if (!main || main.hasAttribute("data-still") || !window.EventSource) return;

  const keyed = e => e.nodeType === Node.ELEMENT_NODE ? e.tagName + "#" + e.id : e.nodeType;
  // What somebody typed or chose stays, also where it stands in the page because it was refused: the page that is fetched knows nothing of it.
  const typed = (e, name) => e.tagName === "OPTION" ? name === "selected" : e.tagName === "INPUT" && e.type !== "hidden" && (name === "value" || name === "checked");
  // become makes a node like another of the same kind.
  const become = (now, next) => {
    if (now.nodeType === Node.TEXT_NODE) {
      if (now.data !== next.data) now.data = next.data;
      return;
    }
    if (now.nodeType !== Node.ELEMENT_NODE) return;
    for (const a of [...now.attributes]) if (!next.hasAttribute(a.name) && !typed(now, a.name)) now.removeAttribute(a.name);
    for (const a of next.attributes) if (now.getAttribute(a.name) !== a.value && !typed(now, a.name)) now.setAttribute(a.name, a.value);
    const want = [...next.childNodes];
    want.forEach((n, i) => {
      const have = now.childNodes[i];
      if (!have) now.append(document.importNode(n, true));
      else if (keyed(have) === keyed(n)) become(have, n);
      else have.replaceWith(document.importNode(n, true));
    });
    while (now.childNodes.length > want.length) now.lastChild.remove();
  };

  const silent = on => {
    if (on && lost.hidden) document.getElementById("lost-since").textContent = document.getElementById("as-of").textContent + " UTC";
    lost.hidden = !on;
    document.body.classList.toggle("stale", on);
  };
  let busy = false, again = false, tag = ""; // tag: of what stands here, where that has one
  const refresh = async () => {
    if (busy || document.hidden) { again = true; return; }
    busy = true;
    again = false;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: tag ? { Accept: "text/html", "If-None-Match": tag } : { Accept: "text/html" }, signal: AbortSignal.timeout(10000) });
      if (answer.status === 304) { silent(false); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("main");
      if (!next) { location.reload(); return; } // the drill is over: this address has its report now
      become(main, next);
      tag = answer.headers.get("ETag") ?? "";
      document.title = page.title;
      silent(false);
    } catch {
      silent(true);
    } finally {
      busy = false;
      if (again && !document.hidden) refresh();
    }
  };
  const source = new EventSource("/events");
  source.onmessage = refresh;
  source.onerror = () => silent(true);
  source.onopen = refresh;
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
