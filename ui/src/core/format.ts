// Formats numbers and times. Nothing here reads the clock or the locale.

const NONE = "–";

/** `0.4 ms`, `22 ms`, `1.76 s`, `4m 37s`, `3h 05m`, `2d 4h` */
export function duration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return NONE;
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 1) return ms === 0 ? "0 ms" : `${trim(ms, 2)} ms`;
  if (ms < 9.95) return `${trim(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${pad(Math.floor((seconds % 3600) / 60))}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
}

/** `$0.0016`, `$0.49`, `$12.30`, `$1,204`: at least two significant digits. */
export function money(dollars: number | null | undefined): string {
  if (dollars == null || !Number.isFinite(dollars)) return NONE;
  if (dollars < 0) return `-${money(-dollars)}`;
  if (dollars === 0) return "$0";
  if (dollars < 1e-9) return "<$0.000000001";
  if (dollars < 0.1) {
    const digits = 1 - Math.floor(Math.log10(dollars));
    return `$${dollars.toFixed(Math.min(digits, 10))}`;
  }
  if (dollars < 1000) return `$${dollars.toFixed(2)}`;
  return `$${groupDigits(Math.round(dollars))}`;
}

/** `617`, `4.1k`, `2.3M` */
export function count(n: number | null | undefined): string {
  if (n == null || !Number.isFinite(n)) return NONE;
  if (n < 0) return `-${count(-n)}`;
  if (n < 1000) return String(Math.round(n * 100) / 100);
  for (const [size, unit] of [[1e3, "k"], [1e6, "M"], [1e9, "G"]] as const) {
    const scaled = n / size;
    if (scaled < 999.5 || unit === "G") {
      return `${scaled < 9.95 ? trim(scaled, 1) : Math.round(scaled)}${unit}`;
    }
  }
  return String(n);
}

/** `12,345` */
export function exact(n: number | null | undefined): string {
  return n == null || !Number.isFinite(n) ? NONE : groupDigits(n);
}

/** `12 %`, `0.4 %`: of a share between 0 and 1. */
export function percent(share: number | null | undefined): string {
  if (share == null || !Number.isFinite(share)) return NONE;
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 9.95 ? trim(value, 1) : Math.round(value)} %`;
}

/** `12 B`, `4.0 KiB`, `10 MiB` */
export function bytes(n: number | null | undefined): string {
  if (n == null || !Number.isFinite(n)) return NONE;
  let value = n;
  for (const unit of ["B", "KiB", "MiB", "GiB", "TiB"]) {
    if (value < 1023.5 || unit === "TiB") {
      return `${unit === "B" || 99.5 <= value ? Math.round(value) : value.toFixed(1)} ${unit}`;
    }
    value /= 1024;
  }
  return NONE;
}

/** `just now`, `5m ago`, `3h ago`, `2d ago`, then the date. */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.round((nowMs - ms) / 1000);
  if (seconds < -60) return absoluteTime(ms);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  if (seconds < 14 * 86_400) return `${Math.floor(seconds / 86_400)}d ago`;
  return absoluteTime(ms).slice(0, 10);
}

/** `2026-11-21 16:23:43.120`, in local time or UTC. */
export function absoluteTime(ms: number, utc = false): string {
  const date = new Date(utc ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000);
  if (Number.isNaN(date.getTime())) return NONE;
  return date.toISOString().replace("T", " ").replace("Z", "").replace(".000", "");
}

/** Changes above this factor are shown as a factor instead of a percentage. */
const RATIO_MIN = 10;

/** `+12 %`, `−82 %`, `×14`, or a dash if there is nothing to compare with. */
export function change(now: number | null | undefined, before: number | null | undefined): string {
  if (now == null || before == null || before === 0) return NONE;
  // A factor is easier to read than hundreds of percent.
  if (RATIO_MIN < now / before) return `×${trim(now / before, now / before < 100 ? 1 : 0)}`;
  const value = Math.round(((now - before) / before) * 100);
  return value < 0 ? `−${-value} %` : `+${value} %`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${groupDigits(n)} ${n === 1 ? one : many}`;
}

/** As `toLocaleString` in English, which would make a formatter for every call. */
function groupDigits(n: number): string {
  return trim(n, 2).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function trim(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
