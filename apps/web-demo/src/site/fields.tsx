/** Labelled controls. */

import { useId } from "preact/hooks";

interface Field<T> {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly disabled?: boolean;
  readonly hint?: string;
}

export function Choice<T extends string>({
  label,
  value,
  onChange,
  options,
  disabled,
  hint,
}: Field<T> & { options: Readonly<Record<T, string>> }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {(Object.entries(options) as [T, string][]).map(([name, text]) => (
          <option key={name} value={name} selected={name === value}>
            {text}
          </option>
        ))}
      </select>
      {hint && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

/** A whole number; what is out of range is brought back when the field is left. */
export function WholeNumber({
  label,
  value,
  onChange,
  min,
  max,
  step = 1,
  disabled,
}: Field<number> & { min: number; max: number; step?: number }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="numeric"
        {...{ min, max, step, value, disabled }}
        onChange={(event) => {
          const asked = Math.round(event.currentTarget.valueAsNumber);
          const taken = Number.isFinite(asked) ? Math.min(max, Math.max(min, asked)) : value;
          event.currentTarget.value = String(taken);
          onChange(taken);
        }}
      />
    </div>
  );
}

export function Slider({
  label,
  value,
  onChange,
  min,
  max,
  step,
  text,
  disabled,
}: Field<number> & { min: number; max: number; step: number; text: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label} <output for={id}>{text}</output>
      </label>
      <input
        id={id}
        type="range"
        {...{ min, max, step, value, disabled }}
        aria-valuetext={text}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
