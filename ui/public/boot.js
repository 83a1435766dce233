// Runs before anything is drawn: the theme, and links that MLflow's clients print (`/#/experiments/1`).
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem("kansoku.theme");
  } catch {
    // Storage may be switched off; the system's theme is used then.
  }
  if (theme === "light" || theme === "dark" || theme === "contrast") {
    document.documentElement.dataset.theme = theme;
  }
})();
