// The way of a number as a small line. Decoration: the number beside it says what counts.

const [WIDTH, HEIGHT] = [100, 22];

export function Sparkline({
  points,
  color = 'var(--mantine-primary-color-filled)',
}: {
  points: readonly number[];
  color?: string;
}) {
  const top = Math.max(1, ...points);
  const path = points
    .map((point, index) => {
      const x = (index / Math.max(1, points.length - 1)) * WIDTH;
      const y = HEIGHT - 1 - (point / top) * (HEIGHT - 3);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} fill="none" stroke={color} strokeWidth="1.5" vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
    </svg>
  );
}
