import { useState } from "react";
import { allowSingleKeys, singleKeysAllowed } from "../../ui/keys/hotkeys";
import { applyTheme, currentTheme, THEME_NAMES, THEMES } from "../../ui/browser/theme";
import { setUtc, useUtc } from "../../ui/browser/timeZone";
import { absoluteTime } from "../../core/format";
import { useNow } from "../../ui/useNow";

/** Display settings of this browser. */
export function Appearance() {
  const [theme, setTheme] = useState(currentTheme);
  const [keys, setKeys] = useState(singleKeysAllowed);
  const utc = useUtc();
  const now = useNow();
  const place = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="stack">
      <p className="muted">Stored in this browser only.</p>
      <fieldset className="choices">
        <legend>Theme</legend>
        {THEMES.map((one) => (
          <label key={one}>
            <input type="radio" name="theme" checked={theme === one} onChange={() => { setTheme(one); applyTheme(one); }} /> {THEME_NAMES[one]}
          </label>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend>Times</legend>
        {[false, true].map((one) => (
          <label key={String(one)}>
            <input type="radio" name="zone" checked={utc === one} onChange={() => setUtc(one)} /> {one ? "UTC" : `Local${place ? ` (${place})` : ""}`}
            <span className="meta">{absoluteTime(now, one).slice(0, 16)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend>Keyboard</legend>
        <label>
          <input type="checkbox" checked={keys} onChange={(event) => { allowSingleKeys(event.target.checked); setKeys(event.target.checked); }} />
          {" "}Single-letter shortcuts, such as <span className="kbd">j</span> and <span className="kbd">?</span>
        </label>
        <p className="meta">Switch them off if they interfere with speech input. Arrow keys, Enter and Ctrl K keep working.</p>
      </fieldset>
    </div>
  );
}
