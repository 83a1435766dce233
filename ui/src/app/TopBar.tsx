import { Link } from "@tanstack/react-router";
import { CircleQuestionMark, LogOut, Menu as MenuIcon, Search, SunMoon } from "lucide-react";
import { useExperiment } from "../net/experiment";
import { apiUrl } from "../net/api";
import { ROOT } from "../net/root";
import { useSignOut } from "../net/session";
import { Button, IconButton } from "../ui/Button";
import { Menu } from "../ui/Menu";
import { applyTheme, currentTheme, THEME_NAMES, THEMES } from "../ui/browser/theme";

export function TopBar({ experiment, railOpen, onRail, onPalette, onHelp }: {
  experiment: string | null;
  railOpen: boolean;
  onRail: () => void;
  onPalette: () => void;
  onHelp: () => void;
}) {
  const signOut = useSignOut();
  return (
    <header className="topbar">
      <span className="rail-toggle">
        <IconButton look="plain" label="Main navigation" aria-expanded={railOpen} icon={<MenuIcon aria-hidden />} onClick={onRail} />
      </span>
      <Link to="/" className="brand">
        <img src={`${ROOT}favicon.svg`} alt="" />
        Kansoku
      </Link>
      {experiment !== null && <ExperimentName experiment={experiment} />}
      <span className="grow" />
      <Button className="palette-button" onClick={onPalette} aria-label="Search or jump to">
        <Search aria-hidden />
        <span className="label">Search or jump to…</span>
        <span className="kbd">Ctrl K</span>
      </Button>
      <IconButton look="plain" label="Keyboard shortcuts and help" icon={<CircleQuestionMark aria-hidden />} onClick={onHelp} />
      <Menu
        label="Theme"
        align="end"
        trigger={<IconButton look="plain" label="Theme" icon={<SunMoon aria-hidden />} />}
        items={[
          ...THEMES.map((theme) => ({
            label: THEME_NAMES[theme],
            checked: theme === currentTheme(),
            run: () => applyTheme(theme),
          })),
          null,
          { label: "API reference", run: () => window.open(apiUrl("docs").replace("ajax-api", "api"), "_blank", "noopener") },
        ]}
      />
      {signOut && <IconButton look="plain" label="Sign out" icon={<LogOut aria-hidden />} onClick={signOut} />}
    </header>
  );
}

function ExperimentName({ experiment }: { experiment: string }) {
  const { data } = useExperiment(experiment);
  return (
    <>
      <span className="muted" aria-hidden>/</span>
      <Link to="/e/$e/traces" params={{ e: experiment }} className="ellipsis">
        {data?.name ?? experiment}
      </Link>
    </>
  );
}
