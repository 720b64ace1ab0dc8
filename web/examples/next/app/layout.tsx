import '@workconnect/chat-react/styles.css';
import './page.css';
import type { Metadata } from 'next';
import type { ReactNode } from 'react';

export const metadata: Metadata = { title: 'Messages', description: 'A Next.js app with WorkConnect Chat' };

/** The document around every page. */
export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
