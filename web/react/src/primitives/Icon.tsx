/** The pictures of the styled components: strokes on a grid of 24, in the colour of the text. */

const PATHS = {
  alert: 'M12 8v5M12 16.5v.01M12 3l9.5 17h-19z',
  archive: 'M4 8v11a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1V8M3 4h18v4H3zM10 12h4',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 16V10a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21h4',
  bellOff: 'M6 16V10c0-.9.2-1.7.5-2.5M9 4.8A6 6 0 0 1 18 10v4M4.5 18H18M10 21h4M3 3l18 18',
  briefcase: 'M4 8h16v11H4zM9 8V5h6v3M4 13h16',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checkDouble: 'M2 12.5l4.5 4.5L16 7.5M11.5 16.2l.8.8L22 7.5',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  down: 'M6 9.5l6 6 6-6',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  flag: 'M5 21V4h13l-2.5 4.5L18 13H5',
  mic: 'M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  paperclip: 'M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.5 3.5 0 0 1 5 5l-8.5 8.5a1.8 1.8 0 0 1-2.5-2.5L15 7',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5z',
  plus: 'M12 5v14M5 12h14',
  reply: 'M9 7l-5 5 5 5M4 12h10a6 6 0 0 1 6 6',
  retry: 'M4 12a8 8 0 1 1 2.5 5.8M4 18v-5h5',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2L21 21',
  send: 'M4 12l16-8-6 16-3-7z',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.01M15 9.5v.01',
  stop: 'M7 7h10v10H7z',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6',
  users: 'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.5a6.5 6.5 0 0 1 3.5 5.5',
} as const;

/** A name of a picture. */
export type IconName = keyof typeof PATHS;

/** Pictures that point somewhere, and point the other way where text runs from right to left. */
const DIRECTED: ReadonlySet<IconName> = new Set(['back', 'reply', 'send', 'retry']);

/** A picture. It says nothing to screen readers: name the button around it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className="chat-icon" data-directed={DIRECTED.has(name) || undefined} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 1.75} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
