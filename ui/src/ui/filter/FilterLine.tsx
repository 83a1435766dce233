import { useNavigate } from "@tanstack/react-router";
import { Search, X } from "lucide-react";
import { useId, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { accept } from "../../core/filter/complete";
import { idsAsFilter } from "../../core/filter/edit";
import { repairsOf } from "../../core/filter/forgive";
import { fromBytes } from "../../core/filter/lex";
import { understand } from "../../net/filterText";
import { useFilterCheck, type TraceScope } from "../../net/traces";
import { Button, IconButton } from "../Button";
import { useDebounced } from "../useDebounced";
import { Choices } from "./Choices";
import { Highlighted } from "./Highlighted";
import { rememberFilter } from "./recentFilters";
import { useCompletion } from "./useCompletion";
import "./filter.css";

/** The server's error for a filter; positions are bytes. */
export interface FilterError {
  message: string;
  from: number | null;
  to: number | null;
  hint: string | null;
}

/**
 * The filter input with highlighting, completion and error marks. `Enter` applies a filter that can be understood; any
 * other text stays here with suggested repairs, and the list does not change. `Esc` closes the suggestions, then leaves
 * the field; it never changes the text.
 */
export function FilterLine({ scope, filterError = null, onCommit, isLive = false, inputRef, label = "Filter traces", end }: {
  /** Its `q` is the applied filter. */
  scope: TraceScope;
  filterError?: FilterError | null;
  onCommit: (q: string) => void;
  /** The filter is a field of a form: every change is committed, and `Enter` submits the form. */
  isLive?: boolean;
  inputRef?: RefObject<HTMLInputElement | null>;
  label?: string;
  end?: ReactNode;
}) {
  const { q } = scope;
  // The draft belongs to the applied filter it started from; another applied filter discards it.
  const [draft, setDraft] = useState<{ text: string; base: string } | null>(null);
  const text = draft?.base === q ? draft.text : q;
  const edited = text !== q;
  const isUnchecked = edited || isLive;
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const navigate = useNavigate();
  // The entered text, if it could not be understood.
  const [rejected, setRejected] = useState<string | null>(null);
  const own = useRef<HTMLInputElement>(null);
  const input = inputRef ?? own;
  const mirror = useRef<HTMLDivElement>(null);
  const id = useId();

  const completion = useCompletion(text, caret, scope, open);
  const shown = open && completion.choices.length > 0;
  const settled = useDebounced(text, 350);
  const check = useFilterCheck(settled, isUnchecked && settled === text);
  const verdict: FilterError | null = isUnchecked
    ? (check.data && !check.data.ok && settled === text ? { ...check.data, message: check.data.message?.split("\n")[0] ?? "" } : null)
    : filterError;
  const wrong = verdict?.from != null && verdict.to != null
    ? { from: fromBytes(text, verdict.from), to: Math.max(fromBytes(text, verdict.to), fromBytes(text, verdict.from) + 1) }
    : null;
  // An error at the end is not shown while somebody is typing.
  const tell = verdict && (!isUnchecked || !open || rejected === text || (wrong && wrong.to < caret));
  const repairs = tell && wrong ? repairsOf(text, wrong, verdict.hint, verdict.message) : [];

  const write = (next: string, at: number) => {
    if (isLive) onCommit(next);
    else setDraft({ text: next, base: q });
    setCaret(at);
    setActive(-1);
    setOpen(true);
  };
  const apply = (next: string) => {
    setOpen(false);
    if (isLive) return onCommit(next);
    setDraft(null);
    setRejected(null);
    rememberFilter(scope.experiment, next);
    if (next.trim() !== q) onCommit(next.trim());
  };
  const commit = async (next = text) => {
    if (isLive) return apply(next);
    setOpen(false);
    const meant = await understand(scope, next.trim());
    // The user typed something else in the meantime.
    if (input.current && input.current.value !== text && input.current.value !== next) return;
    switch (meant.what) {
      case "filter": return apply(meant.q);
      case "trace": setDraft(null); return void navigate({ to: "/t/$traceId", params: { traceId: meant.id } });
      case "session": setDraft(null); return void navigate({ to: "/e/$e/sessions/$session", params: { e: scope.experiment, session: meant.id } });
      case "unknown":
        setDraft({ text: next, base: q });
        setRejected(next);
    }
  };
  const choose = (at: number) => {
    const choice = completion.choices[at];
    if (!choice) return;
    const result = choice.whole ? { text: choice.text, caret: choice.text.length } : accept(text, completion.expected, choice.text);
    write(result.text, result.caret);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(result.caret, result.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const count = completion.choices.length;
    const take = () => event.preventDefault();
    if (event.key === "ArrowDown" || (event.key === " " && event.ctrlKey)) {
      take();
      if (!shown) setOpen(true);
      else setActive((active + 1) % count);
    } else if (event.key === "ArrowUp" && shown) {
      take();
      setActive((active <= 0 ? count : active) - 1);
    } else if (event.key === "Enter") {
      if (isLive && !(shown && 0 <= active)) return setOpen(false);
      take();
      if (shown && 0 <= active) choose(active);
      else void commit();
    } else if (event.key === "Tab" && !event.shiftKey && shown && (0 <= active || completion.expected.typed !== "")) {
      take();
      choose(Math.max(active, 0));
    } else if (event.key === "Escape") {
      take();
      event.stopPropagation();
      if (shown) setOpen(false);
      else input.current?.blur();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    const ids = /\s/.test(pasted.trim()) && text.trim() === "" ? idsAsFilter(pasted) : null;
    if (!ids) return;
    event.preventDefault();
    write(ids, ids.length);
  };
  const follow = () => {
    if (mirror.current && input.current) mirror.current.scrollLeft = input.current.scrollLeft;
  };
  return (
    <div className="filter" onBlur={(event) => { if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false); }}>
      <div className="filter-line" data-wrong={!!tell}>
        <Search aria-hidden />
        <div className="filter-text">
          <div className="filter-mirror" aria-hidden ref={mirror}><Highlighted text={text} wrong={tell ? wrong : null} /></div>
          <input
            ref={input}
            role="combobox"
            aria-label={label}
            aria-expanded={shown}
            aria-controls={`${id}list`}
            aria-autocomplete="list"
            aria-activedescendant={shown && 0 <= active ? `${id}${active}` : undefined}
            aria-invalid={!!tell}
            aria-describedby={tell ? `${id}problem` : undefined}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="status = 'ERROR' AND duration > 5s, or any text"
            value={text}
            onChange={(event) => write(event.target.value, event.target.selectionStart ?? event.target.value.length)}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
            onScroll={follow}
            onFocus={() => setOpen(true)}
            onClick={() => setOpen(true)}
            onKeyDown={onKeyDown}
            onKeyUp={follow}
            onPaste={onPaste}
          />
        </div>
        {edited && <Button small look="primary" onClick={() => void commit()}>Apply</Button>}
        {text !== "" && <IconButton small look="plain" label="Clear the filter" icon={<X aria-hidden />} onClick={() => apply("")} />}
        {end}
        {!edited && !isLive && <span className="kbd" aria-hidden title="Press / to focus">/</span>}
      </div>
      {shown && <Choices id={id} completion={completion} active={active} onChoose={choose} />}
      {tell && (
        <p className="filter-problem" id={`${id}problem`} role="status">
          {repairs.length > 1 ? verdict.message.replace(/\. Valid (?:keys|values) are .*$/, ".") : verdict.message}
          {verdict.hint && <span className="muted"> {verdict.hint}</span>}
          {repairs.length > 0 && (
            <span className="filter-repairs">
              {repairs.map((repair) => <Button key={repair.label} small onClick={() => void commit(repair.text)}>{repair.label}</Button>)}
            </span>
          )}
        </p>
      )}
    </div>
  );
}
