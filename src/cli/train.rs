//! `payee train`: fits the category model on what the engine knows by name and on labelled files, and measures it on merchants
//! it has not seen. Holds all examples in memory.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use payee::eval::{Labelled, Report, evaluate};
use payee::learned::calibrate::{calibrate, judge};
use payee::learned::train::{Example, Settings, train};
use payee::{Engine, Error, Source, Taxonomy};

use rayon::prelude::*;

use super::eval::read;
use super::output::write_whole;
use super::{Failure, Knowledge, print, taxonomy};

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  payee train my-history.csv --taxonomy mx -o my.model\n  payee enrich statement.csv --model my.model\n  payee train labelled.csv --folds 5"
)]
pub struct Train {
    /// Labelled files, as for `payee eval`
    files: Vec<PathBuf>,
    /// Names to learn from besides the dictionary's: a table `name,category`, or a folder of such; may be given several times
    #[arg(long, value_name = "PATH")]
    names: Vec<PathBuf>,
    /// Labelled files that share merchants with the others and are to be answered: their merchants are not learned
    #[arg(long, value_name = "FILE")]
    spare: Vec<PathBuf>,
    /// Where to write the model
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Measure instead: leave out each part of the merchants in turn, and answer for it with the rest
    #[arg(long, value_name = "PARTS")]
    folds: Option<u64>,
    /// With --folds: write the weights of the evidence, fitted on what was left out, to this file
    #[arg(long, value_name = "FILE", requires = "folds")]
    calibration: Option<PathBuf>,
    /// With --folds: write text, labels, fold and our answer of each row, to read or to compare with other programs
    #[arg(long, value_name = "FILE", requires = "folds")]
    write_folds: Option<PathBuf>,
    /// Taxonomy of the labels: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "mx", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Times every example is seen
    #[arg(long)]
    epochs: Option<usize>,
    /// First step length
    #[arg(long)]
    rate: Option<f32>,
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Train {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        let mut settings = Settings::default();
        settings.epochs = self.epochs.unwrap_or(settings.epochs);
        settings.rate = self.rate.unwrap_or(settings.rate);
        let mut known = engine.named_examples();
        for path in tables(&self.names)? {
            let source = Source::read(&path)?;
            known.extend(engine.listed_examples(&source.name, &source.text)?);
        }
        let mut rows = Vec::new();
        for file in &self.files {
            rows.extend(read(file, None)?);
        }
        let mut labelled: Vec<Option<Example>> =
            rows.iter().map(|row| engine.labelled_example(row, self.taxonomy)).collect();
        let mut spared = HashSet::new();
        for file in &self.spare {
            let rows = read(file, None)?;
            spared.extend(rows.iter().map(|row| engine.merchant_key(&row.transaction)));
        }
        labelled.iter_mut().for_each(|example| {
            if example.as_ref().is_some_and(|example| spared.contains(&example.merchant)) {
                *example = None;
            }
        });
        if let Some(folds) = self.folds {
            return self.measure(&engine, &rows, &labelled, &known, folds, settings);
        }
        let mut examples = known;
        examples.extend(labelled.into_iter().flatten());
        let model = train(&engine, &examples, settings);
        let told = format!("{} examples, {} bytes\n", examples.len(), model.len());
        if let Some(path) = &self.output {
            write_whole(path, &self.read(), &model)?;
        }
        print(told.as_bytes())
    }

    /// Files that must not be overwritten.
    fn read(&self) -> Vec<PathBuf> {
        [&self.files, self.knowledge.files()].concat()
    }

    fn measure(
        &self,
        engine: &Engine,
        rows: &[Labelled],
        labelled: &[Option<Example>],
        known: &[Example],
        folds: u64,
        settings: Settings,
    ) -> Result<(), Failure> {
        let fold_of = |example: &Option<Example>| example.as_ref().map(|example| example.merchant % folds);
        let tested = |fold: u64| -> Vec<Labelled> {
            let held_back = rows.iter().zip(labelled).filter(|(_, example)| fold_of(example) == Some(fold));
            held_back.map(|(row, _)| row.clone()).collect()
        };
        let fitted = |fold: u64| {
            let mut examples = known.to_vec();
            examples.extend(labelled.iter().filter(|example| fold_of(example) != Some(fold)).flatten().cloned());
            let model = train(engine, &examples, settings);
            let engine = self.knowledge.builder()?.model(model.clone()).build()?;
            Ok((model, judge(&engine, self.taxonomy, &tested(fold))))
        };
        let parts: Vec<_> = (0..folds).into_par_iter().map(fitted).collect::<Result<_, Error>>()?;
        let judged_but = |fold: usize| -> Vec<_> {
            let others = parts.iter().enumerate().filter(|(other, _)| *other != fold);
            others.map(|(_, (_, judged))| judged.clone()).collect()
        };
        let mut report = Report::default();
        let mut table = self.write_folds.as_ref().map(|_| csv::Writer::from_writer(Vec::new()));
        for (fold, (model, _)) in parts.iter().enumerate() {
            let weights = calibrate(&judged_but(fold));
            let engine = self.knowledge.builder()?.model(model.clone()).calibration(weights).build()?;
            let rows = tested(fold as u64);
            report.absorb(evaluate(&engine, self.taxonomy, &rows));
            if let Some(table) = &mut table {
                let written = write_fold(table, fold, &engine, self.taxonomy, &rows);
                written.map_err(|error| Failure::Output(error.into()))?;
            }
        }
        if let Some(path) = &self.calibration {
            let table = calibrate(&judged_but(parts.len()));
            write_whole(path, &self.read(), table.as_bytes())?;
        }
        if let (Some(path), Some(table)) = (&self.write_folds, table) {
            let table = table.into_inner().map_err(|error| Failure::Output(error.into_error()))?;
            write_whole(path, &self.read(), &table)?;
        }
        print(report.to_string().as_bytes())
    }
}

/// The files named, and those in the folders named, in ascending order.
fn tables(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| Error::io(path.display().to_string(), &error))?;
            files.extend(entries.flatten().map(|entry| entry.path()));
        } else {
            files.push(path.clone());
        }
    }
    files.retain(|path| paths.contains(path) || path.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    Ok(files)
}

/// Columns of the rows that were answered for, each without its own merchant.
const FOLD_COLUMNS: [&str; 7] = ["text", "labels", "fold", "answer", "confidence", "merchant", "by"];

/// Appends the rows of one fold, the header before the first.
fn write_fold(
    table: &mut csv::Writer<Vec<u8>>,
    fold: usize,
    engine: &Engine,
    taxonomy: Taxonomy,
    rows: &[Labelled],
) -> csv::Result<()> {
    if fold == 0 {
        table.write_record(FOLD_COLUMNS)?;
    }
    for row in rows {
        let answer = engine.enrich(&row.transaction);
        table.write_record([
            row.transaction.original_description.as_str(),
            &row.categories.join("|"),
            &fold.to_string(),
            &answer.category.project(taxonomy, row.transaction.direction).category,
            &format!("{:.3}", answer.confidence),
            answer.merchant.as_ref().map_or("", |merchant| merchant.name()),
            answer.categorized_by.as_str(),
        ])?;
    }
    Ok(())
}
