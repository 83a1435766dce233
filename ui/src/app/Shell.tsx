import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { visible } from "../core/text";
import { serverState } from "../net/serverState";
import { useServer } from "../net/server";
import { Toasts } from "../ui/Toasts";
import { useStoredChoice } from "../ui/browser/useStoredChoice";
import { useHotkeys } from "../ui/keys/hotkeys";
import { Dialog } from "../ui/Dialog";
import { LoadingRows } from "../ui/State";
import { loadEntries, Palette } from "./Palette";
import { Rail } from "./Rail";
import { recordTrace } from "./recentTraces";
import { SCREENS } from "./screens";
import { TopBar } from "./TopBar";
import { useCurrentPage } from "./useCurrentPage";

const Help = lazy(() => import("./Help"));
const SignIn = lazy(() => import("./SignIn"));

const IDLE_AFTER_MS = 2000;

type Opened = "palette" | "help" | "rail" | null;

/** The layout around every screen. */
export function Shell() {
  const { experiment, traceId } = useCurrentPage();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const server = useSyncExternalStore(serverState.subscribe, serverState.current);
  const warnings = useServer().data?.warnings ?? [];
  // A dialog closes when the screen changes.
  const [opened, setOpened] = useState<{ what: Opened; path: string }>({ what: null, path });
  const open = opened.path === path ? opened.what : null;
  const setOpen = (what: Opened) => setOpened({ what, path });
  const [rail, setRail] = useStoredChoice("rail", ["wide", "folded"]);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    if (traceId) recordTrace(traceId);
  }, [traceId]);

  // Preloads the entries of the palette. A failure is ignored here: opening the palette loads them again and shows the error.
  useEffect(() => whenIdle(() => void loadEntries().catch(() => undefined)), []);

  const go = (to: (typeof SCREENS)[number]["to"]) => () => {
    if (experiment !== null) void navigate({ to, params: { e: experiment } });
  };
  useHotkeys({
    "Ctrl+k": () => setOpen("palette"),
    "?": () => setOpen("help"),
    ...Object.fromEntries(SCREENS.map(({ key, to }) => [key, go(to)])),
    "g e": () => void navigate({ to: "/" }),
    "g ,": () => void navigate({ to: "/settings" }),
  });

  const closeRail = () => {
    setOpen(null);
    document.querySelector<HTMLElement>(".rail-toggle button")?.focus();
  };
  useHotkeys({ Escape: closeRail }, open === "rail");

  return (
    <div className="shell" data-rail={rail}>
      <a className="button skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to content
      </a>
      <TopBar
        experiment={experiment}
        railOpen={open === "rail"}
        onRail={() => setOpen(open === "rail" ? null : "rail")}
        onPalette={() => setOpen("palette")}
        onHelp={() => setOpen("help")}
      />
      <Rail experiment={experiment} open={open === "rail"} folded={rail === "folded"} onFold={(folded) => setRail(folded ? "folded" : "wide")} onNavigate={() => setOpen(null)} />
      <main className="main" id="main" tabIndex={-1} ref={main}>
        {server === "unreachable" && (
          <div className="banner" role="alert">The server is not responding. You see the data received last; retrying …</div>
        )}
        {warnings.map((warning) => <div className="banner" role="status" key={warning}>{visible(warning)}</div>)}
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense fallback={null}>
        {server === "needs-token" && <SignIn />}
      </Suspense>
      {open === "palette" && <Palette experiment={experiment} onHelp={() => setOpen("help")} onClose={() => setOpen(null)} />}
      {/* The fallback dialog receives keys while the help loads, so that they do not reach the screen behind it. */}
      <Suspense fallback={open === "help" ? <Dialog title="Keyboard shortcuts and help" onClose={() => setOpen(null)}><LoadingRows rows={8} /></Dialog> : null}>
        {open === "help" && <Help onClose={() => setOpen(null)} />}
      </Suspense>
      <Toasts />
    </div>
  );
}

/** Runs a task when the browser is idle; returns a function that cancels it. */
function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(run, IDLE_AFTER_MS);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: IDLE_AFTER_MS });
  return () => cancelIdleCallback(handle);
}
