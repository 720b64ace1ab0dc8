/** Small pictures of the shell. */

const PATHS = {
  home: 'M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z',
  briefcase: 'M4 8h16v11H4zM9 8V5h6v3M4 13h16',
  chat: 'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4a2 2 0 0 1-2-2z',
  columns: 'M4 5h16v14H4zM12 5v14',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400',
  moon: 'M20 14.500A8 8 0 1 1 9.500 4a6.500 6.500 0 0 0 10.500 10.500z',
  screen: 'M3 5h18v11H3zM9 20h6M12 16v4',
  direction: 'M10 4h7M12 4v12M15 4v12M12 11a3.500 3.500 0 0 1 0-7M5 20h14M8 17l-3 3 3 3',
  wifi: 'M3 9.500a13 13 0 0 1 18 0M6.300 13a8.300 8.300 0 0 1 11.400 0M9.500 16.300a3.800 3.800 0 0 1 5 0M12 19.500v.01',
  cut: 'M3 3l18 18M6.300 13a8.300 8.300 0 0 1 4-2.200M3 9.500a13 13 0 0 1 4-2.600M14 10.800a8.300 8.300 0 0 1 3.700 2.200M11 6.100a13 13 0 0 1 10 3.400M9.500 16.300a3.800 3.800 0 0 1 5 0M12 19.500v.01',
} as const;

/** A name of a picture. */
export type GlyphName = keyof typeof PATHS;

/** A picture; the button or link around it has the name. */
export function Glyph({ name }: { readonly name: GlyphName }) {
  return (
    <svg className="glyph" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.750" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
