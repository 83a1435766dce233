import { useState } from "react";
import { allowSingleKeys, singleKeysAllowed } from "../../ui/keys/hotkeys";
import { chooseTheme, chosenTheme, THEME_NAMES, THEMES } from "../../ui/browser/theme";
import { tellUtc, useUtc } from "../../ui/browser/timeZone";
import { absoluteTime } from "../../core/format";
import { useNow } from "../../ui/useNow";

/** How the screens look to whoever uses this browser. */
export function Appearance() {
  const [theme, setTheme] = useState(chosenTheme);
  const [keys, setKeys] = useState(singleKeysAllowed);
  const utc = useUtc();
  const now = useNow();
  const place = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="stack">
      <p className="muted">These are kept in this browser alone.</p>
      <fieldset className="choices">
        <legend>Theme</legend>
        {THEMES.map((one) => (
          <label key={one}>
            <input type="radio" name="theme" checked={theme === one} onChange={() => { chooseTheme(one); setTheme(one); }} /> {THEME_NAMES[one]}
          </label>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend>Times</legend>
        {[false, true].map((one) => (
          <label key={String(one)}>
            <input type="radio" name="zone" checked={utc === one} onChange={() => tellUtc(one)} /> {one ? "UTC" : `Local${place ? ` (${place})` : ""}`}
            <span className="meta">{absoluteTime(now, one).slice(0, 16)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend>Keys</legend>
        <label>
          <input type="checkbox" checked={keys} onChange={(event) => { allowSingleKeys(event.target.checked); setKeys(event.target.checked); }} />
          {" "}Keys of a single letter, such as <span className="kbd">j</span> and <span className="kbd">?</span>
        </label>
        <p className="meta">Switch them off if they are in the way of speech input. Arrows, Enter and Ctrl K go on working.</p>
      </fieldset>
    </div>
  );
}
