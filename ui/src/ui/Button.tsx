import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "primary" | "plain" | "danger";
  small?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look, small, className = "", type = "button", ...rest }: ButtonProps) {
  const classes = ["button", look, small && "small", className].filter(Boolean).join(" ");
  return <button type={type} className={classes} {...rest} />;
}

/** A button with an icon only; `label` is its accessible name. */
export function IconButton({ label, icon, ...rest }: ButtonProps & { label: string; icon: ReactNode }) {
  return (
    <Button {...rest} className={`icon ${rest.className ?? ""}`} aria-label={label} title={rest.title ?? label}>
      {icon}
    </Button>
  );
}
