import { Check, ChevronDown, Clock } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { setUtc, useUtc } from "./browser/timeZone";
import { absoluteTime } from "../core/format";
import { ALL, PRESETS, rangeLabel, rangeOf, type RangeText, written } from "../core/timeRange";
import { Button } from "./Button";
import { Popover } from "./Popover";
import { useNow } from "./useNow";

/** A button with the time range; it opens a panel to choose another one. */
export function TimeRange({ value, onChange, label = "Time range" }: {
  value: RangeText;
  onChange: (text: RangeText) => void;
  label?: string;
}) {
  const [open, setOpen] = useState(false);
  const utc = useUtc();
  const now = useNow();
  const shown = rangeLabel(value, now, utc);
  const choose = (text: RangeText) => {
    setOpen(false);
    onChange(text);
  };
  return (
    <Popover
      label={label}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button aria-label={`${label}: ${shown}`}>
          <Clock aria-hidden />
          <span className="ellipsis">{shown}</span>
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      <div className="time-range">
        <ul className="time-presets">
          {PRESETS.map((preset) => {
            const chosen = preset.text.from === value.from && preset.text.to === value.to;
            return (
              <li key={preset.label}>
                <button type="button" className="menu-item" aria-pressed={chosen} onClick={() => choose(preset.text)}>
                  <span className="grow">{preset.label}</span>
                  {chosen && <Check aria-hidden />}
                </button>
              </li>
            );
          })}
        </ul>
        <OwnRange key={`${value.from} ${value.to} ${utc}`} value={value} onChange={choose} />
      </div>
    </Popover>
  );
}

/** A custom range with two ends. */
function OwnRange({ value, onChange }: { value: RangeText; onChange: (text: RangeText) => void }) {
  const utc = useUtc();
  const id = useId();
  const [from, setFrom] = useState(() => readable(value.from, utc));
  const [to, setTo] = useState(() => readable(value.to, utc));
  const [problem, setProblem] = useState<string | null>(null);
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const now = Date.now();
    const text = { from: written(from, now, { utc }), to: written(to, now, { utc, end: true }) };
    if (text.from === null) return setProblem(`“${from}” is not a valid time`);
    if (text.to === null) return setProblem(`“${to}” is not a valid time`);
    const range = rangeOf({ from: text.from || ALL, to: text.to }, now, utc);
    if (range.from !== null && (range.to ?? now) <= range.from) return setProblem("The end must be after the start");
    onChange({ from: text.from || ALL, to: text.to });
  };
  return (
    <form className="stack" onSubmit={apply}>
      <div className="field">
        <label htmlFor={`${id}from`}>From</label>
        <input id={`${id}from`} className="input mono" value={from} placeholder="the first trace" aria-describedby={`${id}help`} onChange={(event) => setFrom(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor={`${id}to`}>To</label>
        <input id={`${id}to`} className="input mono" value={to} placeholder="now" aria-describedby={`${id}help`} onChange={(event) => setTo(event.target.value)} />
      </div>
      <p className="meta" id={`${id}help`}>
        <code>now-3h</code>, <code>now/d</code> (since midnight) or <code>2026-11-20 14:00</code>
      </p>
      {problem && <p className="error-text" role="alert">{problem}</p>}
      <div className="row wrap">
        <div className="segmented" role="group" aria-label="Time zone">
          <Button small aria-pressed={!utc} onClick={() => setUtc(false)}>Local</Button>
          <Button small aria-pressed={utc} onClick={() => setUtc(true)}>UTC</Button>
        </div>
        <span className="grow" />
        <Button look="primary" small type="submit">Apply</Button>
      </div>
    </form>
  );
}

function readable(text: string, utc: boolean): string {
  if (text === ALL) return "";
  return /^\d{10,16}$/.test(text) ? absoluteTime(Number(text), utc) : text;
}
