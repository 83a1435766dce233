import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "./Button";
import { toast } from "../core/toastQueue";

/** Copies a text and confirms for two seconds. `text` may be computed on demand. */
export function CopyButton({ text, label, small = true, children }: {
  text: string | (() => string | Promise<string>);
  label: string;
  small?: boolean;
  children?: string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(typeof text === "string" ? text : await text()))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  const icon = copied ? <Check aria-hidden /> : <Copy aria-hidden />;
  if (!children) return <IconButton look="plain" small={small} label={copied ? "Copied" : label} icon={icon} onClick={copy} />;
  return (
    <Button small={small} onClick={copy} aria-label={label}>
      {icon}
      {copied ? "Copied" : children}
    </Button>
  );
}

/** Returns whether copying worked; if not, a toast is shown. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https, browsers support only `execCommand`.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) toast("The browser did not allow copying", { error: true });
    return done;
  }
}
