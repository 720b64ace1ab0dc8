/** Jobs of the marketplace around the chat: they are only told here. */

/** An offer of a freelancer. */
export interface Bid {
  /** The username of whoever bids. */
  readonly by: string;
  readonly price: string;
  readonly text: string;
}

/** A job that somebody offers. */
export interface JobOffer {
  readonly id: string;
  readonly title: string;
  /** The username of the client. */
  readonly by: string;
  readonly budget: string;
  readonly posted: string;
  readonly status: 'open' | 'in_progress';
  readonly summary: string;
  readonly skills: readonly string[];
  readonly bids: readonly Bid[];
}

/** The jobs that there are. */
export const JOBS: readonly JobOffer[] = [
  {
    id: 'demo-1',
    title: 'Build a landing page',
    by: 'clara',
    budget: '€1,800 fixed',
    posted: '2 days ago',
    status: 'open',
    summary: 'One page for the launch of a scheduling tool: hero, three features, pricing, a form. Copy and brand are there; it should be fast and read well on a phone.',
    skills: ['HTML & CSS', 'Accessibility', 'Copy layout'],
    bids: [{ by: 'felix', price: '€1,650', text: 'I can start on Monday and deliver in eight days.' }],
  },
  {
    id: 'demo-2',
    title: 'Brand illustrations for onboarding',
    by: 'dana',
    budget: '€60 an hour',
    posted: 'Yesterday',
    status: 'open',
    summary: 'Five scenes in two sizes, light and dark. Friendly, not childish. We have a palette and two references we love.',
    skills: ['Illustration', 'SVG', 'Brand'],
    bids: [{ by: 'felix', price: '€55 an hour', text: 'Sketches for two scenes within three days.' }],
  },
  {
    id: 'demo-3',
    title: 'Move a shop to a new host',
    by: 'clara',
    budget: '€900 fixed',
    posted: 'Today',
    status: 'open',
    summary: 'Forty thousand products, one evening of downtime at most. Backups are in order, documentation is not.',
    skills: ['PostgreSQL', 'Linux', 'Migration'],
    bids: [],
  },
  {
    id: 'demo-4',
    title: 'Weekly bookkeeping for a small studio',
    by: 'dana',
    budget: '€240 a month',
    posted: '5 days ago',
    status: 'in_progress',
    summary: 'About sixty receipts a month, VAT twice a year. We answer questions within a day and like things tidy.',
    skills: ['Bookkeeping', 'VAT'],
    bids: [{ by: 'felix', price: '€240 a month', text: 'Happy to begin with last month as a trial.' }],
  },
];
