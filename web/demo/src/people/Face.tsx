/** Somebody's picture, drawn here: no outside host is asked for one. */
import { useMemo } from 'react';
import type { HairStyle } from './portrait';
import { portraitOf } from './portrait';

const BEHIND: Readonly<Record<HairStyle, string>> = {
  short: '',
  long: 'M10.500 17c0-6.500 4-9.500 9.500-9.500s9.500 3 9.500 9.500v13h-19z',
  bun: 'M20 3.200a4 4 0 1 1 0 8 4 4 0 0 1 0-8z',
  curls: 'M20 6.500c7 0 11 4.500 10.500 10.500-.3 3.500-1 6-2.500 7.500H12c-1.500-1.500-2.200-4-2.500-7.500C9 11 13 6.500 20 6.500z',
  cap: '',
};
const FRONT: Readonly<Record<HairStyle, string>> = {
  short: 'M12.200 18.500c-.7-6.500 2.600-9.800 7.800-9.800s8.500 3.300 7.800 9.800c-1-3-2.300-4.300-3.800-5-3 1.200-6.500 1-9-.2-1.300.9-2.300 2.400-2.800 5.200z',
  long: 'M12.300 18.500C12 12.500 15 9 20 9s8 3.500 7.700 9.500c-1.200-3-3.200-5-5.700-6-2 3-6 4.500-9.700 6z',
  bun: 'M12.300 18c-.4-6 2.700-9 7.700-9s8.100 3 7.700 9c-1-3.200-3.800-5.200-7.700-5.200s-6.700 2-7.700 5.200z',
  curls: 'M12.500 17.500c-.5-3 1-4.500 2-4.500.5-1.500 2.500-2.200 3.800-1.500 1.200-1 3.500-.8 4.200.6 1.500-.3 3 .7 3 2 1.200.3 2.300 1.500 2 3.400.3-7-3-9-7.500-9s-8 2.500-7.500 9z',
  cap: 'M11.800 16.200c0-5 3.500-7.700 8.200-7.700s8.200 2.700 8.200 7.700h4.300v1.600H11.800z',
};

/** A drawn portrait. It says nothing to screen readers: the name stands beside it. */
export function Face({ name }: { readonly name: string }) {
  const { background, skin, hair, clothes, style } = useMemo(() => portraitOf(name), [name]);
  return (
    <svg className="face" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <rect width="40" height="40" fill={background} />
      <path d={BEHIND[style]} fill={hair} />
      <path d="M6.500 40c.8-7.500 6-11 13.500-11s12.700 3.500 13.500 11z" fill={clothes} />
      <path d="M16.700 24h6.600v5.800c0 1.300-1.300 2.600-3.300 2.600s-3.300-1.300-3.300-2.600z" fill={skin} />
      <ellipse cx="20" cy="19.300" rx="7.300" ry="8.300" fill={skin} />
      <path d="M16.700 26.300c2 1.500 4.600 1.500 6.600 0" stroke="rgb(0 0 0 / 12%)" strokeWidth="1.200" fill="none" />
      <g fill="#2b2430">
        <circle cx="17" cy="19.600" r=".95" />
        <circle cx="23" cy="19.600" r=".95" />
      </g>
      <path d="M17.800 23.200c1.200 1.100 3.200 1.100 4.400 0" stroke="#7d3a35" strokeWidth="1.100" strokeLinecap="round" fill="none" />
      <path d={FRONT[style]} fill={style === 'cap' ? clothes : hair} />
    </svg>
  );
}
