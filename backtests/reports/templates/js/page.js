// What every part of a page's script shares. The parts are one script, in the order of `base.html.j2`.
const root = document.documentElement;
const coarse = matchMedia("(pointer: coarse)").matches;
const narrow = matchMedia("(max-width: 720px)");

// The text of a packed script element, see `html.packed`.
const unpacked = (id) => {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
