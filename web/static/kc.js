// Everything works without this file; it only spares a few clicks.
// A menu closes when somebody clicks beside it, or types Escape.
const menus = () => document.querySelectorAll("details.kc-menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
});
// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
// Filters are applied as soon as one is chosen.
for (const select of document.querySelectorAll("form[data-now] select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
