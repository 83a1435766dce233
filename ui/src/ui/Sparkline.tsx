import { memo } from "react";

/** How many there were over time, as small steps. */
export const Sparkline = memo(function Sparkline({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(...values, 1);
  return (
    <svg className="sparkline" viewBox={`0 0 ${values.length} 20`} preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      {values.map((value, at) => value > 0 && (
        <rect key={at} x={at + 0.1} width={0.8} y={20 - Math.max((value / most) * 20, 2)} height={Math.max((value / most) * 20, 2)} />
      ))}
    </svg>
  );
});
