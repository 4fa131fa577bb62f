// Elements of a page. What somebody wrote is only ever text, never markup.

/// An element with a class, a text, and children.
export function element(name, { className = "", text = null, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
