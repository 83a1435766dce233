import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export type MenuItems = (MenuItem | null | { heading: string })[];

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  end?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  run: () => void;
}

/** A button that opens a list of actions. A `null` item is a separator. */
export function Menu({ trigger, items, label, align = "start" }: {
  trigger: ReactNode;
  items: MenuItems;
  label: string;
  align?: "start" | "end";
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <Items items={items} label={label} align={align} />
    </DropdownMenu.Root>
  );
}

/** A context menu at a position of the screen. */
export function MenuAt({ x, y, items, label, onClose, onClosed }: {
  x: number;
  y: number;
  items: MenuItems;
  label: string;
  onClose: () => void;
  /** Must restore the focus, since a position on the screen cannot receive it. */
  onClosed?: () => void;
}) {
  return (
    <DropdownMenu.Root modal={false} open onOpenChange={(open) => { if (!open) onClose(); }}>
      <DropdownMenu.Trigger asChild>
        <span aria-hidden style={{ position: "fixed", left: x, top: y, width: 1, height: 1, pointerEvents: "none" }} />
      </DropdownMenu.Trigger>
      <Items items={items} label={label} align="start" returnFocus={onClosed} />
    </DropdownMenu.Root>
  );
}

function Items({ items, label, align, returnFocus }: {
  items: MenuItems;
  label: string;
  align: "start" | "end";
  returnFocus?: () => void;
}) {
  const onCloseAutoFocus = returnFocus && ((event: Event) => {
    event.preventDefault();
    returnFocus();
  });
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content className="menu" aria-label={label} align={align} sideOffset={4} collisionPadding={8} onCloseAutoFocus={onCloseAutoFocus}>
        {items.map((item, at) => {
          if (item === null) return <DropdownMenu.Separator key={at} className="menu-line" />;
          if ("heading" in item) return <DropdownMenu.Label key={at} className="menu-label">{item.heading}</DropdownMenu.Label>;
          const inside = <>{item.icon}<span className="grow ellipsis">{item.label}</span>{item.end != null && <span className="end">{item.end}</span>}</>;
          const className = item.danger ? "menu-item danger" : "menu-item";
          return item.checked === undefined ? (
            <DropdownMenu.Item key={at} className={className} disabled={item.disabled} onSelect={item.run}>{inside}</DropdownMenu.Item>
          ) : (
            <DropdownMenu.CheckboxItem key={at} className={className} disabled={item.disabled} checked={item.checked} onSelect={item.run}>
              <span aria-hidden style={{ width: 14 }}>{item.checked ? "✓" : ""}</span>{inside}
            </DropdownMenu.CheckboxItem>
          );
        })}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  );
}
