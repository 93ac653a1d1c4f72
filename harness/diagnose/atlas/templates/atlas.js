const release = document.getElementById("release");
const search = document.getElementById("search");
const body = document.querySelector("#atlas tbody");
const heads = [...document.querySelectorAll("#atlas th")];
const isRatio = KEYS.map(key => key.includes("_by_"));
const isNumber = KEYS.map((key, at) => isRatio[at] || ["in_features", "features"].includes(key));
let sorted = 0, rising = true;

const escaped = text => text.replace(/[&<>"]/g, sign => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[sign]);

// As strong as the ratio is far from one, at its strongest from a factor of ten on.
function shade(value) {
  const far = Math.max(-1, Math.min(1, Math.log10(value)));
  const alpha = Math.min(1, Math.abs(far)).toFixed(2);
  return far > 0 ? `rgba(213, 94, 0, ${alpha * 0.75})` : `rgba(0, 114, 178, ${alpha * 0.75})`;
}

function cell(text, at) {
  if (isRatio[at] && text) return `<td class="number" style="background:${shade(Math.max(+text, 1e-9))}">${text}</td>`;
  if (KEYS[at] === "traps") return `<td class="traps">${text.split(" ").filter(Boolean).map(trap => `<code>${escaped(trap)}</code>`).join(" ")}</td>`;
  return `<td${isNumber[at] ? ' class="number"' : ""}>${escaped(text)}</td>`;
}

function compare(first, second) {
  const a = first[sorted], b = second[sorted];
  if (a === "" || b === "") return (a === "") - (b === "");  // empty cells stay last
  const order = isNumber[sorted] ? a - b : a.localeCompare(b);
  return rising ? order : -order;
}

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = DATA[release.value] || [];
  const rows = all.filter(row => { const text = row.join(" ").toLowerCase(); return words.every(word => text.includes(word)); });
  rows.sort(compare);
  body.innerHTML = rows.map(row => `<tr>${row.map(cell).join("")}</tr>`).join("");
  document.getElementById("count").textContent = `${rows.length} of ${all.length}`;
  heads.forEach((head, at) => head.setAttribute("aria-sort", at === sorted ? (rising ? "ascending" : "descending") : "none"));
}

heads.forEach((head, at) => head.addEventListener("click", () => {
  rising = at === sorted ? !rising : !isRatio[at];
  sorted = at;
  show();
}));
document.querySelectorAll("[data-trap]").forEach(link => link.addEventListener("click", () => {
  search.value = link.dataset.trap;
  show();
}));
release.addEventListener("change", show);
search.addEventListener("input", show);
show();
