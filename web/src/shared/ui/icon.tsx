import type { ComponentChild } from "preact";

const SHAPES = {
  mic: (
    <path d="M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21" />
  ),
  "mic-off": (
    <path d="M9 9v2a3 3 0 0 0 4.6 2.5M15 10V6a3 3 0 0 0-5.7-1.3M5.5 11a6.5 6.5 0 0 0 9.8 5.6M18.2 13a6.5 6.5 0 0 0 .3-2M12 17.5V21M4 3l16 18" />
  ),
  play: <path d="M7 4.5v15l12-7.5Z" fill="currentColor" />,
  pause: <path d="M8 5v14M16 5v14" stroke-width="3" />,
  sound: (
    <path d="M4 9.5v5h3.5L12 18V6L7.5 9.5ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11" />
  ),
  "sound-off": <path d="M4 9.5v5h3.5L12 18V6L7.5 9.5ZM16 9.5l5 5M21 9.5l-5 5" />,
  copy: <path d="M9 8.5h10.5v12H9ZM15 8.5v-5H4.5v12H9" />,
  check: <path d="m4.5 12.5 5 5 10-11" />,
  arrow: <path d="M4 12h15M13 6l6 6-6 6" />,
  back: <path d="M20 12H5M11 6l-6 6 6 6" />,
  down: <path d="m6 9.5 6 6 6-6" />,
  plus: <path d="M12 5v14M5 12h14" />,
  hand: (
    <path d="M8 12V5.5a1.5 1.5 0 0 1 3 0V11M11 10V4a1.5 1.5 0 0 1 3 0v7M14 11V5.5a1.5 1.5 0 0 1 3 0V14a6.5 6.5 0 0 1-6.5 6.5c-2.6 0-4-1.3-5.2-3.6L3.6 13.4a1.4 1.4 0 0 1 2.4-1.5l2 2.6" />
  ),
  stop: <path d="M6.5 6.5h11v11h-11Z" fill="currentColor" />,
  "to-live": <path d="M5 5.5v13l9-6.5ZM18.5 5.5v13" fill="currentColor" />,
  "skip-back": <path d="M4.5 12a7.5 7.5 0 1 0 2.6-5.7M7.5 2.5v4.2H3.3" />,
  "skip-on": <path d="M19.5 12a7.5 7.5 0 1 1-2.6-5.7M16.5 2.5v4.2h4.2" />,
} satisfies Record<string, ComponentChild>;

export type IconName = keyof typeof SHAPES;

/** A small drawing beside words, never instead of them. */
export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      role="presentation"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}
