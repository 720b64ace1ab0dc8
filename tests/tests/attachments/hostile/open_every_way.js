async function openEveryWay(address) {
  const ran = [];
  let way = "";
  const note = (event) => { if (event.data === "ran") ran.push(way); };
  addEventListener("message", note);
  const settle = (element) => new Promise((done) => {
    element.onload = element.onerror = () => done();
    // A file that is saved instead of shown tells nothing to the page that asked for it.
    setTimeout(done, 150);
    document.body.append(element);
  });
  const element = (name, fields) => Object.assign(document.createElement(name), fields);
  const ways = {
    script: () => settle(element("script", { src: address })),
    module: () => settle(element("script", { src: address, type: "module" })),
    stylesheet: () => settle(element("link", { rel: "stylesheet", href: address })),
    image: () => settle(element("img", { src: address })),
    frame: () => settle(element("iframe", { src: address })),
    object: () => settle(element("object", { data: address })),
    embed: () => settle(element("embed", { src: address })),
    worker: async () => {
      try { new Worker(address).terminate; } catch { /* as it should be */ }
      await new Promise((done) => setTimeout(done, 50));
    },
    service_worker: async () => {
      try { await navigator.serviceWorker.register(address); ran.push("service_worker registered"); } catch { /* as it should be */ }
    },
    blob: async () => {
      const blob = await (await fetch(address)).blob();
      await settle(element("iframe", { src: URL.createObjectURL(blob) }));
    },
  };
  for (way of Object.keys(ways)) {
    await ways[way]();
    if (typeof window.ran !== "undefined") { ran.push(way); delete window.ran; }
  }
  removeEventListener("message", note);
  return ran;
}
