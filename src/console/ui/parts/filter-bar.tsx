// Narrows a page down: a filter as text (docs/reference/query-language.md) with completion, its terms as chips that can be taken away, and
// filters kept for another time. It counts when Enter is pressed; what is wrong is shown below the very character.

import { Button, Combobox, Group, Pill, Text, TextInput, useCombobox } from '@mantine/core';
import IconFilter from '@tabler/icons-react/dist/esm/icons/IconFilter.mjs';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { visibleText } from '../../../engine/inventory/visible-text.ts';
import { useShortcut } from '../shell/shortcuts.tsx';
import { useFilter } from '../state/use-url.ts';
import classes from './filter-bar.module.css';
import { checkFilter, suggest, termsOf, type Wrong, withoutTerm, withTerm } from './filter-bar-text.ts';
import { SavedFilters } from './saved-filters-menu.tsx';

interface FilterBarProps {
  /** Terms that this page's people often want: a word for them, and the term. */
  quick?: readonly { label: string; term: string }[];
  /** At the right. */
  children?: ReactNode;
}

export function FilterBar({ quick = [], children }: FilterBarProps) {
  const [filter, setFilter] = useFilter();
  const [draft, setDraft] = useState(filter);
  const [cursor, setCursor] = useState(0);
  const [wrong, setWrong] = useState<Wrong>();
  const input = useRef<HTMLInputElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const suggestions = suggest(draft, cursor);
  useShortcut('f', 'Filter this page', () => input.current?.focus());

  useEffect(() => {
    setDraft(filter);
    setWrong(checkFilter(filter, Date.now()));
  }, [filter]);

  function type(text: string, at: number): void {
    setDraft(text);
    setCursor(at);
    if (wrong) setWrong(checkFilter(text, Date.now()));
    combobox.openDropdown();
    combobox.resetSelectedOption();
  }

  function apply(text: string): void {
    const found = checkFilter(text, Date.now());
    setWrong(found);
    setDraft(text);
    combobox.closeDropdown();
    if (!found) setFilter(text.trim());
  }

  function complete(index: number): void {
    const chosen = suggestions[index];
    if (!chosen) return;
    type(chosen.filter, chosen.cursor);
    requestAnimationFrame(() => input.current?.setSelectionRange(chosen.cursor, chosen.cursor));
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    apply(draft);
  }

  const used = termsOf(filter);
  return (
    <div className={classes.bar}>
      <Group gap="xs" wrap="nowrap">
        <form onSubmit={submit} className={classes.form}>
          <Combobox store={combobox} onOptionSubmit={(index) => complete(Number(index))} withinPortal={false}>
            <Combobox.Target>
              <TextInput
                ref={input}
                aria-label="Filter"
                placeholder="traffic:shadow user:ana host:*.example.com"
                leftSection={<IconFilter size={16} aria-hidden />}
                size="sm"
                classNames={{ input: classes.input }}
                spellCheck={false}
                autoComplete="off"
                value={draft}
                error={wrong !== undefined}
                aria-describedby={wrong ? 'filter-problem' : undefined}
                onChange={(event) => type(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)}
                onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
                onBlur={() => combobox.closeDropdown()}
                onKeyDown={(event) => event.key === 'Escape' && !combobox.dropdownOpened && setDraft(filter)}
              />
            </Combobox.Target>
            <Combobox.Dropdown hidden={suggestions.length === 0}>
              <Combobox.Options aria-label="Suggestions">
                {suggestions.map((suggestion, index) => (
                  <Combobox.Option key={suggestion.label} value={String(index)}>
                    <Group gap="sm" wrap="nowrap">
                      <span className="mono">{suggestion.label}</span>
                      <Text size="xs" c="dimmed" truncate>
                        {suggestion.meaning}
                      </Text>
                    </Group>
                  </Combobox.Option>
                ))}
              </Combobox.Options>
            </Combobox.Dropdown>
          </Combobox>
        </form>
        <SavedFilters filter={filter} onChoose={apply} />
        {children}
      </Group>
      {wrong && <Problem text={draft} wrong={wrong} />}
      {(used.length > 0 || quick.length > 0) && (
        <Group gap={6}>
          {used.map((term) => (
            <Pill
              key={`${term.start}`}
              className={classes.chip}
              withRemoveButton
              onRemove={() => setFilter(withoutTerm(filter, term))}
              removeButtonProps={{ 'aria-label': `Remove ${visibleText(term.text)}`, tabIndex: 0, 'aria-hidden': false }}
            >
              {visibleText(term.text)}
            </Pill>
          ))}
          {quick
            .filter(({ term }) => !used.some(({ text }) => text === term))
            .map(({ label, term }) => (
              <Button key={term} size="compact-xs" variant="default" onClick={() => apply(withTerm(filter, term))}>
                {label}
              </Button>
            ))}
          {filter !== '' && (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setFilter('')}>
              Clear
            </Button>
          )}
        </Group>
      )}
    </div>
  );
}

const BEFORE = 50;

/** The text around the fault, with a mark below the place. */
function Problem({ text, wrong }: { text: string; wrong: Wrong }) {
  const start = Math.max(0, wrong.position - BEFORE);
  const shown = text.slice(start, start + 110);
  const column = wrong.position - start;
  const mark = '^'.repeat(Math.max(1, Math.min(wrong.length, shown.length - column)));
  return (
    <div id="filter-problem" role="alert" className={classes.problem}>
      <pre aria-hidden>
        {shown}
        {'\n'}
        <b>{' '.repeat(column) + mark}</b>
      </pre>
      {visibleText(wrong.message)} <span className={classes.place}>(character {wrong.position + 1})</span>
    </div>
  );
}
