// Runs before anything is drawn: links that MLflow's clients print (`/#/experiments/1`) lead to the screen that shows the
// same, the files of the screen are loaded, and the theme is set. It is no module, for modules run later.
(function () {
  var root = new URL(".", document.currentScript.src).pathname;

  var target = location.hash.indexOf("#/") === 0 ? screenOf(location.hash.slice(1), location.search) : null;
  if (target !== null) {
    location.replace(root + target);
    return;
  }

  preload(location.pathname.slice(root.length));

  // In a notebook the page follows the system, as the notebook does.
  if (/^(static-files|embed)\//.test(location.pathname.slice(root.length))) return;
  var theme = null;
  try {
    theme = localStorage.getItem("kansoku.theme");
  } catch {
    // Storage may be switched off; the system's theme is used then.
  }
  if (theme === "light" || theme === "dark" || theme === "contrast") {
    document.documentElement.dataset.theme = theme;
  }

  /** Loads the files of the screen at this path, which the build lists in the page. */
  function preload(path) {
    var list = document.getElementById("screen-files");
    if (!list) return;
    var built = JSON.parse(list.textContent);
    var screen = built.screens.find(function (it) {
      return new RegExp(it[0]).test(path);
    });
    if (!screen) return;
    screen[1].forEach(function (at) {
      var link = document.createElement("link");
      var isStyle = /\.css$/.test(built.files[at]);
      link.rel = isStyle ? "preload" : "modulepreload";
      if (isStyle) link.as = "style";
      link.crossOrigin = "";
      link.href = root + built.files[at];
      document.head.appendChild(link);
    });
  }

  /** The path of our screen, without a slash before it, for the part of MLflow's link after `#`. */
  function screenOf(link, search) {
    var at = link.indexOf("?");
    var path = at < 0 ? link : link.slice(0, at);
    var query = new URLSearchParams(at < 0 ? "" : link.slice(at + 1));
    var workspace = query.get("workspace") || new URLSearchParams(search).get("workspace");
    var parts = path.split("/").filter(Boolean).map(decoded);
    var screen = known(parts, query);
    if (screen === null) return "old-link?" + new URLSearchParams({ link: "#" + link });
    return screen + (workspace ? (screen.indexOf("?") < 0 ? "?" : "&") + new URLSearchParams({ workspace: workspace }) : "");
  }

  function known(parts, query) {
    var trace = query.get("traceId") || query.get("selectedEvaluationId");
    if (trace) return "t/" + encodeURIComponent(trace);
    if (parts.length === 0 || (parts[0] === "experiments" && parts.length === 1)) return "";
    if (parts[0] === "traces" && parts[1]) return "t/" + encodeURIComponent(parts[1]);
    // MLflow shows all prompts outside of experiments, too; ours are below one, and every server has the first.
    if (parts[0] === "prompts") return prompts("e/0", parts[1], query) + (parts[1] ? "" : "?all=1");
    if (parts[0] !== "experiments") return null;
    var experiment = "e/" + encodeURIComponent(parts[1]);
    var name = parts[3] === undefined ? null : encodeURIComponent(parts[3]);
    switch (parts[2]) {
      case undefined:
      case "overview":
        return experiment;
      case "traces":
        return name ? "t/" + name : experiment + "/traces";
      case "chat-sessions":
        return experiment + "/sessions" + (name ? "/" + name : "");
      case "models":
        return experiment + "/versions" + (name ? "/" + name : "");
      case "issues":
        return experiment + "/issues" + (name ? "/" + name : "");
      case "prompts":
        return prompts(experiment, parts[3], query);
      case "evaluation-runs": {
        var run = query.get("selectedRunUuid");
        var other = query.get("compareToRunUuid");
        // MLflow shows the selected run as a change from the other.
        if (run && other) return experiment + "/evaluations/compare?" + new URLSearchParams({ runs: other + "," + run });
        return experiment + "/evaluations" + (run ? "/" + encodeURIComponent(run) : name ? "/" + name : "");
      }
      case "datasets": {
        var dataset = query.get("selectedDatasetId");
        return experiment + "/datasets" + (dataset ? "/" + encodeURIComponent(dataset) : "");
      }
      case "label-schemas":
        return experiment + "/review?tab=questions";
      case "review-queue": {
        var queue = query.get("selectedQueueId");
        var item = query.get("selectedItemId");
        return experiment + "/review" + (queue ? "/" + encodeURIComponent(queue) + (item ? "?" + new URLSearchParams({ t: item }) : "") : "");
      }
      case "runs":
        return experiment + "/runs" + (name ? "/" + name : "");
      default:
        return null;
    }
  }

  function prompts(experiment, name, query) {
    var version = query.get("promptVersion");
    return experiment + "/prompts" + (name ? "/" + encodeURIComponent(name) + (version ? "?" + new URLSearchParams({ version: version }) : "") : "");
  }

  function decoded(part) {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  }
})();
