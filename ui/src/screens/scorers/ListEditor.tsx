import { Plus, X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { Button, IconButton } from "../../ui/Button";

/** Items that can be edited, added and removed. The focus follows: to a new item, or to the one before a removed item. */
export function ListEditor<T>({ items, empty, label, itemLabel, describedBy, isInvalid, onChange, children }: {
  items: T[];
  /** A new item. */
  empty: T;
  label: string;
  /** What an item is, such as `text`. */
  itemLabel: string;
  describedBy: string | undefined;
  isInvalid: boolean;
  onChange: (items: T[]) => void;
  children: (item: T, at: number, change: (item: T) => void) => ReactNode;
}) {
  const list = useRef<HTMLDivElement>(null);
  const focus = (at: number) => requestAnimationFrame(() => {
    const inputs = list.current?.querySelectorAll<HTMLElement>("[data-item]");
    (inputs?.[at]?.querySelector<HTMLElement>("input, textarea") ?? list.current?.querySelector<HTMLElement>("[data-add]"))?.focus();
  });
  return (
    <div className="stack scorer-list" ref={list} role="group" data-invalid={isInvalid} aria-label={label} aria-describedby={describedBy}>
      {items.map((item, at) => (
        <div key={at} className="row" data-item>
          {children(item, at, (changed) => onChange(items.map((other, nth) => (nth === at ? changed : other))))}
          <IconButton
            look="plain" small label={`Remove ${itemLabel} ${at + 1}`} icon={<X aria-hidden />}
            onClick={() => { onChange(items.filter((_, nth) => nth !== at)); focus(Math.max(at - 1, 0)); }}
          />
        </div>
      ))}
      <div><Button small data-add onClick={() => { onChange([...items, empty]); focus(items.length); }}><Plus aria-hidden /> Add a {itemLabel}</Button></div>
    </div>
  );
}
