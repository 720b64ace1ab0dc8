/** Logging in with an account of one's own, or making one. */
import { useState } from 'react';
import type { FormEvent } from 'react';
import { keep, logIn, register } from '../app/session';

/** A form that is folded away where there are demo people. */
export function OwnAccount({ isOpen }: { readonly isOpen: boolean }) {
  const [isNew, setIsNew] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const [username, password] = [text('username'), String(form.get('password') ?? '')];
    const role = text('role') === 'freelancer' ? 'freelancer' : 'client';
    setBusy(true);
    const entering = isNew ? register({ username, password, name: text('name') || username, role }) : logIn(username, password);
    entering.then(keep, (error: Error) => {
      setProblem(error.message);
      setBusy(false);
    });
  };
  return (
    <details className="own" open={isOpen}>
      <summary>With an account of your own</summary>
      <form onSubmit={submit}>
        <div className="segments" role="group" aria-label="Account">
          <button type="button" aria-pressed={!isNew} onClick={() => setIsNew(false)}>Log in</button>
          <button type="button" aria-pressed={isNew} onClick={() => setIsNew(true)}>Register</button>
        </div>
        <Field label="Username" name="username" autoComplete="username" />
        {isNew && <Field label="Name" name="name" autoComplete="name" />}
        <Field label="Password" name="password" type="password" autoComplete={isNew ? 'new-password' : 'current-password'} minLength={isNew ? 8 : 1} />
        {isNew && (
          <label className="field">
            <span>I am a</span>
            <select name="role" className="input">
              <option value="client">Client</option>
              <option value="freelancer">Freelancer</option>
            </select>
          </label>
        )}
        {problem && <p className="problem" role="alert">{problem}</p>}
        <button type="submit" className="button" data-variant="primary" disabled={busy}>{isNew ? 'Create account' : 'Log in'}</button>
      </form>
    </details>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly autoComplete: string;
  readonly type?: string;
  readonly minLength?: number;
}

function Field({ label, ...input }: FieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <input className="input" required {...input} />
    </label>
  );
}
