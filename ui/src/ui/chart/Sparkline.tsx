/** Numbers over time as small columns; `marked` is the part of each that failed. */
export function Sparkline({ values, marked, label }: { values: number[]; marked?: number[]; label: string }) {
  const highest = Math.max(1, ...values);
  const width = 100 / Math.max(values.length, 1);
  const column = (value: number, at: number, color: string) => {
    if (value <= 0) return null;
    // However few, one can see that there were some.
    const height = Math.max((value / highest) * 18, 1.5);
    return <rect key={at} x={at * width} width={width * 0.85} y={18 - height} height={height} fill={`var(--${color})`} />;
  };
  return (
    <svg className="sparkline" viewBox="0 0 100 18" preserveAspectRatio="none" role="img" aria-label={label}>
      <g>{values.map((value, at) => column(value, at, "bar"))}</g>
      {marked && <g>{marked.map((value, at) => column(value, at, "error"))}</g>}
    </svg>
  );
}
