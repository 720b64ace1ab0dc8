/** The page begins: what the server tells of itself, then the app. */
import './styles/base.css';
import '@workconnect/chat-react/styles.css';
import './styles/shell.css';
import './styles/login.css';
import './styles/pages.css';
import './styles/side.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { loadConfig } from './app/config';
import { applyPreferences } from './app/preferences';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has a #root');
applyPreferences();
const config = await loadConfig();
createRoot(root).render(<StrictMode><App config={config} /></StrictMode>);
