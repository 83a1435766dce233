import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  end?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  run: () => void;
}

/** A button that opens a list of actions. `null` among the items draws a line. */
export function Menu({ trigger, items, label, align = "start" }: {
  trigger: ReactNode;
  items: (MenuItem | null | { heading: string })[];
  label: string;
  align?: "start" | "end";
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" aria-label={label} align={align} sideOffset={4} collisionPadding={8}>
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
    </DropdownMenu.Root>
  );
}
