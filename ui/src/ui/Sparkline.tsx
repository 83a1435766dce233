import { memo } from "react";

/** Counts over time as a small step chart, with `failed` in red. */
export const Sparkline = memo(function Sparkline({ values, failed, label }: { values: number[]; failed?: number[]; label: string }) {
  const most = Math.max(...values, 1);
  return (
    <svg className="sparkline" viewBox={`0 0 ${values.length} 20`} preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      {values.map((value, at) => <Step key={at} at={at} value={value} most={most} />)}
      {failed?.map((value, at) => <Step key={at} at={at} value={value} most={most} fill="var(--error)" />)}
    </svg>
  );
});

/** Non-zero steps have a minimum height. */
function Step({ at, value, most, fill }: { at: number; value: number; most: number; fill?: string }) {
  if (value <= 0) return null;
  const height = Math.max((value / most) * 20, 2);
  return <rect x={at + 0.1} width={0.8} y={20 - height} height={height} fill={fill} />;
}
