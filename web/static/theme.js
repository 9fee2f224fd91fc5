// Before anything is drawn: a browser that has not chosen a theme gets that of its machine.
const page = document.documentElement;
if (page.dataset.theme === "auto") {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { page.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", follow);
  follow();
}
