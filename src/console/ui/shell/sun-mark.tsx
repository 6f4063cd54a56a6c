// The mark of Daylight: a sun over the horizon.

export function SunMark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <circle cx="12" cy="14" r="5" fill="var(--mantine-color-sun-4)" />
      <path d="M2.5 19h19" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      <path
        d="M12 3.5v2.6M4.8 6.7l1.8 1.8M19.2 6.7l-1.8 1.8"
        stroke="var(--mantine-color-sun-5)"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </svg>
  );
}
